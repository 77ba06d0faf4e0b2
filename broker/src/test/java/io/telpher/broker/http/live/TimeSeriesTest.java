package io.telpher.broker.http.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ring grows four times and then wraps; its rows stay the newest, in order. */
class TimeSeriesTest {
    private static final int MOST = TimeSeries.ROWS_MAX;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, MOST / 16, MOST / 16 + 1, MOST / 8, MOST / 8 + 1, MOST, MOST + 1, 3 * MOST - 1})
    void keepsTheNewestRowsInOrder(int added) {
        TimeSeries series = new TimeSeries(List.of("a", "b"));
        for (int row = 0; row < added; row++) {
            series.add(at(row), row, -row);
        }
        ObjectNode json = series.json();
        int kept = Math.min(added, MOST);
        for (String column : List.of("at", "a", "b")) {
            assertEquals(kept, json.get(column).size(), column);
        }
        for (int i = 0; i < kept; i++) {
            int row = added - kept + i;
            assertEquals(at(row), json.get("at").get(i).longValue());
            assertEquals(row, json.get("a").get(i).longValue());
            assertEquals(-row, json.get("b").get(i).longValue());
        }
        if (added > 0) {
            assertEquals(at(added - 1), series.lastRow().get("at").longValue());
        }
    }

    private static long at(int row) {
        return 1_000_000 + row * TimeSeries.STEP_MS;
    }
}
