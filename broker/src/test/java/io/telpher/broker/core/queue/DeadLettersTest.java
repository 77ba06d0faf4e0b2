package io.telpher.broker.core.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.snapshot.BlockKind;
import io.telpher.broker.core.snapshot.BlockWriter;
import io.telpher.broker.core.snapshot.SnapshotSink;
import io.telpher.broker.core.table.Invariant;
import io.telpher.broker.core.table.TaskPage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeadLettersTest {
    private final TaskTable tasks = new TaskTable(() -> 0);
    private final DeadLetters line = new DeadLetters(tasks);
    private long deaths;

    private long die(long nowMs) {
        long sequence = tasks.append();
        dieAgain(sequence, nowMs);
        return sequence;
    }

    private void dieAgain(long sequence, long nowMs) {
        TaskPage page = Invariant.present(tasks.page(sequence), "a page");
        int row = (int) sequence & TaskPage.MASK;
        page.bits[row] = 1;
        page.due[row] = nowMs;
        page.death(row, ++deaths);
        line.addLast(sequence);
    }

    private List<Long> behind(long place, int most) {
        List<Long> shown = new ArrayList<>();
        line.whilePassesAfter(place, sequence -> {
            shown.add(sequence);
            return shown.size() < most;
        });
        return shown;
    }

    @Test
    void shouldKeepTheOrderOfDeathsThroughAllChanges() {
        Random random = new Random(11);
        TreeMap<Long, Long> expected = new TreeMap<>();
        List<Long> gone = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            boolean comes = random.nextInt(100) < (i / 5_000 % 2 == 0 ? 80 : 20);
            if (comes && !gone.isEmpty() && random.nextInt(3) == 0) {
                long again = gone.remove(random.nextInt(gone.size()));
                dieAgain(again, i / 7);
                expected.put(deaths, again);
            } else if (comes || expected.isEmpty()) {
                long sequence = die(i / 7);
                expected.put(deaths, sequence);
            } else {
                long from = Math.floorMod(random.nextLong(), deaths);
                long place = expected.ceilingKey(from) == null ? expected.lastKey() : expected.ceilingKey(from);
                long sequence = Objects.requireNonNull(expected.remove(place));
                line.remove(sequence);
                gone.add(sequence);
            }
            if (i % 1_000 == 0) {
                assertEquals(List.copyOf(expected.values()), behind(0, Integer.MAX_VALUE));
            }
            // Also of one that is not dead any more, and of none that ever was.
            long place = Math.floorMod(random.nextLong(), deaths + 2);
            assertEquals(
                    expected.tailMap(place, false).values().stream().limit(3).toList(), behind(place, 3));
        }
        assertEquals(expected.size(), line.size());
    }

    @Test
    void shouldFindThePlaceOfATime() {
        assertEquals(0, line.placeBefore(5));
        for (int i = 0; i < 5_000; i++) {
            die(10 + i / 10);
        }
        assertEquals(List.of(1L), behind(line.placeBefore(0), 1));
        assertEquals(List.of(1L), behind(line.placeBefore(10), 1));
        assertEquals(List.of(11L), behind(line.placeBefore(11), 1));
        assertEquals(List.of(4_991L), behind(line.placeBefore(509), 1));
        assertEquals(List.of(), behind(line.placeBefore(510), 1));
    }

    /** In rows that are looked at: twice the logarithm, and what is shown. */
    @Test
    void shouldFindAPlaceAtACostThatDoesNotGrowWithTheLine() {
        for (int i = 0; i < 500_000; i++) {
            die(i);
        }
        long before = line.looks();
        for (int i = 0; i < 1_000; i++) {
            behind(i * 499L, 10);
            line.placeBefore(i * 499L);
        }
        assertTrue(line.looks() - before < 1_000 * 2 * 22, () -> line.looks() - before + " looks");
    }

    @Test
    void shouldTakeTasksOutAtACostThatDoesNotGrowWithTheLine() {
        for (int i = 0; i < 500_000; i++) {
            die(i);
        }
        long before = line.looks();
        for (long sequence = 1; sequence < 500_000; sequence += 2) {
            line.remove(sequence);
        }
        assertTrue(line.looks() - before < 250_000L * 22, () -> line.looks() - before + " looks");
        assertEquals(250_000, line.size());
    }

    @Test
    void shouldNotTakeOutWhatIsNotThere() {
        long one = die(1);
        die(2);
        line.remove(one);
        assertThrows(IllegalStateException.class, () -> line.remove(one));
    }

    /** A snapshot writes the line while it goes on changing. */
    @Test
    void shouldBeWrittenAsItWasWhenItWasFrozen() {
        Random random = new Random(5);
        for (int i = 0; i < 4_000; i++) {
            die(i);
        }
        for (int round = 0; round < 20; round++) {
            List<Long> expected = behind(0, Integer.MAX_VALUE);
            DeadLetters.Frozen frozen = line.freeze();
            assertThrows(IllegalStateException.class, line::freeze);
            List<Long> written = new ArrayList<>();
            BlockWriter out = new BlockWriter(new Read(written), BlockKind.LINES);
            for (int count = frozen.next(); count > 0; count = frozen.next()) {
                out.entry(count * Long.BYTES);
                frozen.write(count, out);
                for (int i = 0; i < 60; i++) {
                    List<Long> there = behind(Math.floorMod(random.nextLong(), deaths), 1);
                    if (!there.isEmpty()) {
                        line.remove(there.get(0));
                    }
                    die(5_000 + round);
                }
            }
            out.flush();
            frozen.thaw();
            assertEquals(expected, written);
        }
    }

    private record Read(List<Long> into) implements SnapshotSink {
        @Override
        public ByteBuffer buffer(int bytesMin) {
            return ByteBuffer.allocate(bytesMin).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void block(BlockKind kind, ByteBuffer body) {
            body.flip();
            while (body.hasRemaining()) {
                into.add(body.getLong());
            }
        }
    }
}
