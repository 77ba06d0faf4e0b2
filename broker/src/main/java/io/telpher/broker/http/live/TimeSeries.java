package io.telpher.broker.http.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.http.json.JsonBody;
import java.util.Arrays;
import java.util.List;

/**
 * The last hour of some figures: one row of numbers every {@link #STEP_MS}, in a ring that grows to its full size as the
 * rows come, since most queues of a thousand that were made at once don't get that old. Thread-safe.
 */
final class TimeSeries {
    static final long STEP_MS = 5_000;
    static final int ROWS_MAX = 720;
    private static final int FIRST_ROWS = ROWS_MAX / 16;

    private static final double HUNDREDTHS = 100;

    private final List<String> names;
    private long[] atMs = new long[FIRST_ROWS];
    private final float[][] columns;
    private int rows;
    private int next;

    /** @param names of the numbers of a row */
    TimeSeries(List<String> names) {
        this.names = List.copyOf(names);
        this.columns = new float[names.size()][FIRST_ROWS];
    }

    /** @param values one for each name; NaN = nothing was there to measure */
    synchronized void add(long nowMs, double... values) {
        if (rows == atMs.length && rows < ROWS_MAX) {
            grow();
        }
        atMs[next] = nowMs;
        for (int i = 0; i < columns.length; i++) {
            columns[i][next] = (float) values[i];
        }
        next = (next + 1) % atMs.length;
        rows = Math.min(rows + 1, atMs.length);
    }

    /** The ring is full for the first time at this size, so its rows lie in order from its beginning. */
    private void grow() {
        next = rows;
        atMs = Arrays.copyOf(atMs, rows * 2);
        Arrays.setAll(columns, column -> Arrays.copyOf(columns[column], rows * 2));
    }

    /** Columns by name, the oldest row first; {@code at} in ms since 1970, null where there was nothing to measure. */
    synchronized ObjectNode json() {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        json.put("step_ms", STEP_MS);
        ArrayNode times = json.putArray("at");
        for (int i = 0; i < rows; i++) {
            times.add(atMs[row(i)]);
        }
        for (int column = 0; column < columns.length; column++) {
            ArrayNode values = json.putArray(names.get(column));
            for (int i = 0; i < rows; i++) {
                add(values, columns[column][row(i)]);
            }
        }
        return json;
    }

    /** The newest row: a number by each name, and {@code at}. */
    synchronized ObjectNode lastRow() {
        ObjectNode json = JsonBody.JSON.createObjectNode();
        int row = row(rows - 1);
        json.put("at", atMs[row]);
        for (int column = 0; column < columns.length; column++) {
            float value = columns[column][row];
            if (Float.isNaN(value)) {
                json.putNull(names.get(column));
            } else {
                json.put(names.get(column), rounded(value));
            }
        }
        return json;
    }

    private int row(int i) {
        return Math.floorMod(next - rows + i, atMs.length);
    }

    private static void add(ArrayNode values, float value) {
        if (Float.isNaN(value)) {
            values.addNull();
        } else if (value == Math.rint(value)) {
            values.add((long) value);
        } else {
            values.add(rounded(value));
        }
    }

    private static double rounded(float value) {
        return Math.round(value * HUNDREDTHS) / HUNDREDTHS;
    }
}
