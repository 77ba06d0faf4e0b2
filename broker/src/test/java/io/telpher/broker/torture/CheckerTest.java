package io.telpher.broker.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.torture.Event.Kind;
import io.telpher.broker.torture.Verdict.Counted;
import io.telpher.broker.torture.Verdict.Wrong;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Histories that are in order, and falsified ones: each falsification is found, and for what it is. */
class CheckerTest {
    private static Verdict verdict(String history) {
        Checker checker = new Checker();
        Histories.of(history).forEach(event -> checker.accept(Event.parse(event.line())));
        return checker.verdict();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        one good task                   | submitted; delivered at 50; acknowledged at 60; completed
        unknown, and it came to nothing | submit at 200; unknown at 300
        unknown, and it was made        | submit at 200; unknown at 300; delivered at 400; acknowledged at 450; completed
        a power cut forgets a delivery  | submitted; delivered at 400; power_cut at 500; delivered lease 5000 at 700; ack lease 5000 at 800; completed lease 5000
        a lease may have run out        | submitted; delivered at 50; delivered lease 101 at 2050; acknowledged lease 101 at 2060; completed lease 101
        a connection gave it back       | submitted; delivered as release at 50; fault at 100; delivered lease 101 as release at 300; acknowledged lease 101 at 400; completed lease 101
        a lease id in two partitions    | submitted; delivered at 50; acknowledged at 60; completed; submitted of 2 task 0x100000000000b at 200; delivered of 2 task 0x100000000000b at 250; acknowledged task 0x100000000000b at 260; completed of 2 task 0x100000000000b
        a delivery that came late       | submitted; delivered lease 101 at 9000; nack lease 101 at 9001; delivered lease 100 sent 60 at 9050; delivered lease 102 at 9100; acknowledged lease 102 at 9110; completed lease 102
        a cancelled task that fails     | submitted; delivered at 50; cancel at 55; cancelled as ACTIVE at 58; nack extra 1 at 60; nacked extra 1 at 70; ended as CANCELLED
        forgotten, for want of heap     | submitted; delivered at 50; acknowledged at 60; fault as SMALL_HEAP at 100
        a batch that was not made       | submit; submit of 2; batch extra 2; unknown; unknown of 2
        a batch that was made           | submit; submit of 2; batch extra 2; unknown; unknown of 2; delivered at 50; acknowledged at 60; completed; delivered of 2 task 0x1000000000001 at 70; acknowledged task 0x1000000000001 at 80; completed of 2 task 0x1000000000001
        a clock that was set ahead      | clock shows 500000; submit run_at 600000; accepted at 5; clock extra 99 at 20 shows 500020; delivered at 1021; acknowledged at 1060; completed
        set back since it was ready     | clock shows 500000; submit run_at 600000; accepted at 5; clock extra 100 at 20 shows 500020; clock extra 0 at 25 shows 500025; delivered at 50; acknowledged at 60; completed
        """)
    void shouldAllow(String what, String history) {
        Verdict verdict = verdict(history);
        assertTrue(verdict.isGood(), () -> what + ": " + verdict);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
        LOST                    | accepted and gone             | submitted
        LOST                    | not finished, with no heap    | submitted; delivered at 50; fault as SMALL_HEAP at 100
        LOST                    | finished with heap enough     | submitted; fault as SMALL_HEAP at 20; delivered at 20050; acknowledged at 20060
        LOST                    | never finished                | submitted; ended as READY
        PHANTOM                 | submitted by nobody           | submitted; delivered at 50; acknowledged at 60; completed; delivered of 9 task 11 lease 101 at 300; ack task 11 lease 101 at 350; completed of 9 task 11 lease 101
        PHANTOM                 | its submit was refused        | submit; refused extra 1 at 5; delivered at 50; acknowledged at 60; completed
        PHANTOM                 | completed without an ack      | submitted; delivered at 50; completed
        PHANTOM                 | dead, and nobody gave it up   | submitted; ended as DEAD
        MISMATCHED              | delivered with other bytes    | submitted; delivered crc 78 at 50; acknowledged at 60; completed
        MISMATCHED              | kept with other bytes         | submitted; delivered at 50; acknowledged at 60; completed crc 78
        DOUBLED                 | two tasks of one key          | submitted; delivered at 50; acknowledged at 60; completed; delivered task 11 lease 101 at 300; ack task 11 lease 101 at 350; completed task 11 lease 101
        OVERLAPPING_LEASES      | while another goes on         | submitted; delivered at 50; delivered lease 101 at 1900; acknowledged lease 101 at 2000; completed lease 101
        OVERLAPPING_LEASES      | while an extended one goes on | submitted; delivered at 50; extended sent 1500 at 1510; delivered lease 101 at 2500; acknowledged lease 101 at 2600; completed lease 101
        OVERLAPPING_LEASES      | a fault does not give it back | submitted; delivered at 50; fault at 100; delivered lease 101 at 300; acknowledged lease 101 at 400; completed lease 101
        OVERLAPPING_LEASES      | after it was given back       | submitted; delivered at 50; nack at 60; delivered lease 101 sent 20 at 2000; delivered lease 102 at 2030; acknowledged lease 102 at 2040; completed lease 102
        OVERLAPPING_LEASES      | an id given twice             | submitted; delivered at 50; acknowledged at 60; completed; submitted of 2 task 11 at 200; delivered of 2 task 11 at 250; acknowledged task 11 at 260; completed of 2 task 11
        OVERLAPPING_LEASES      | an id that falls              | submitted; delivered lease 101 at 50; delivered lease 100 at 3000; acknowledged lease 101 at 3010; completed lease 101
        FINISHED_THEN_DELIVERED | after its ack                 | submitted; delivered at 50; acknowledged at 60; completed; delivered lease 101 at 3000
        FINISHED_THEN_DELIVERED | after its cancel              | submitted; cancel at 10; cancelled as CANCELLED at 20; delivered at 50; ended as CANCELLED
        STALE_ACK_COUNTED       | after it was leased again     | submitted; delivered at 50; delivered lease 101 at 3000; acknowledged at 3100; completed
        WRONG_END               | the result of another ack     | submitted; delivered at 50; ack at 2060; delivered lease 101 at 3000; acknowledged lease 101 at 3100; completed
        WRONG_END               | its confirmed ack forgotten   | submitted; delivered at 50; acknowledged at 60; nack lease 101 extra 1 at 3000; ended as DEAD
        WRONG_END               | its failure forgotten         | submitted; delivered at 50; nack extra 1 at 60; nacked extra 1 at 70; ack lease 101 at 3000; completed lease 101
        FOLLOW_UP_APART         | it is missing                 | submitted; submit of 2 at 40; delivered at 50; acknowledged extra 2 at 60; completed
        BATCH_TORN              | one of two is missing         | submit; submit of 2; batch extra 2; unknown; unknown of 2; delivered at 50; acknowledged at 60; completed
        FOLLOW_UP_APART         | its ack did not count         | submitted; submit of 2 at 40; delivered at 50; ack extra 2 at 2060; delivered lease 101 at 3000; acknowledged lease 101 at 3100; completed lease 101; delivered of 2 task 11 lease 102 at 4000; ack task 11 lease 102 at 4010; completed of 2 task 11 lease 102
        EARLY                   | half a clock's jump too early | clock shows 500000; submit run_at 600000; accepted at 5; clock extra 50 at 20 shows 500020; delivered at 50; acknowledged at 60; completed
        EARLY                   | by a clock that was set       | submit delay 1000; accepted at 5; clock extra 3600 at 20 shows 1000; started at 21; delivered at 999; acknowledged at 1060; completed
        EARLY                   | before its delay was over     | submit delay 1000; accepted at 5; delivered at 50; acknowledged at 60; completed
        """)
    void shouldFind(Wrong expected, String what, String history) {
        Verdict verdict = verdict(history);
        for (Wrong wrong : Wrong.values()) {
            assertEquals(wrong == expected, verdict.of(wrong) > 0, () -> what + ": " + verdict);
        }
        assertTrue(verdict.toString().contains("\n  " + expected));
    }

    @Test
    void shouldCountOrderInversionsAndRedeliveries() {
        Verdict verdict = verdict(
                "submitted; submitted of 2 task 11 at 10; delivered of 2 task 11 at 50; delivered lease 101 at 60;"
                        + " delivered lease 102 at 3000; acknowledged task 11 at 70; acknowledged lease 102 at 3100;"
                        + " completed lease 102; completed of 2 task 11");
        assertTrue(verdict.isGood(), verdict::toString);
        assertEquals(1, verdict.of(Counted.ORDER_INVERSIONS));
        assertEquals(1, verdict.of(Counted.REDELIVERED));
        assertEquals(2, verdict.of(Counted.ACKED));
    }

    @Test
    void shouldReadBackTheHistoryThatWasWritten(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("history");
        List<Event> written = List.of(
                Event.of(Kind.FAULT).text("a\tfault\nof two lines"),
                Event.of(Kind.DELIVERED)
                        .submission(3)
                        .task(1)
                        .lease(2)
                        .crc(4)
                        .extra(5)
                        .sent(6)
                        .text("keep"));
        try (History history = new History(file)) {
            written.forEach(history::add);
        }
        List<Event> read = new ArrayList<>();
        History.read(file, read::add);
        assertEquals("a fault of two lines", read.get(0).text);
        assertEquals(written.get(1).line(), read.get(1).line());
        assertTrue(read.get(1).at >= read.get(0).at);
    }
}
