package io.telpher.broker.partition.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each rule at its edge: appended bytes, records and time since the last snapshot, its size and the journal's. */
class SnapshotPolicyTest {
    private static final SnapshotPolicy POLICY = new SnapshotPolicy(1000, 60_000, true);
    private static final SnapshotPolicy OF_NODE = new SnapshotPolicy(1000, 10, 20_000, 2_000_000, 60_000, true);

    @ParameterizedTest
    @CsvSource({
        // by bytes
        "999, 0, 0, 0, 0, false",
        "1000, 0, 0, 0, 0, true",
        // twice the last snapshot
        "1999, 0, 0, 1000, 0, false",
        "2000, 0, 0, 1000, 0, true",
        // a tenth of the journal
        "4999, 0, 0, 0, 50_000, false",
        "5000, 0, 0, 0, 50_000, true",
        "5000, 0, 0, 3000, 50_000, false",
        "6000, 0, 0, 3000, 50_000, true",
        // half a million records, or half as many as there are tasks of 48 bytes or so
        "0, 499_999, 0, 0, 50_000, false",
        "0, 500_000, 0, 0, 50_000, true",
        "0, 599_999, 0, 60_000_000, 0, false",
        "0, 600_000, 0, 60_000_000, 0, true",
        // by time, when a sixteenth of the bytes came
        "62, 0, 59_999, 0, 0, false",
        "62, 0, 60_000, 0, 0, true",
        "61, 0, 60_000, 0, 0, false",
        "311, 0, 60_000, 0, 50_000, false",
        "312, 0, 60_000, 0, 50_000, true",
    })
    void shouldBeDue(String bytes, String records, String sinceMs, String lastBytes, String keptBytes, boolean due) {
        assertEquals(
                due,
                POLICY.isDue(number(bytes), number(records), number(sinceMs), number(lastBytes), number(keptBytes)));
    }

    @ParameterizedTest
    @CsvSource({
        "999, 0, 0, 0, 0, false",
        "1000, 0, 0, 0, 0, true",
        // ten times the last snapshot
        "9999, 0, 0, 1000, 0, false",
        "10_000, 0, 0, 1000, 0, true",
        // but no more than these bytes, unless that is less than twice
        "19_999, 0, 0, 5000, 0, false",
        "20_000, 0, 0, 5000, 0, true",
        "29_999, 0, 0, 15_000, 0, false",
        "30_000, 0, 0, 15_000, 0, true",
        // a tenth of the journal
        "49_999, 0, 0, 1000, 500_000, false",
        "50_000, 0, 0, 1000, 500_000, true",
        // two million records
        "0, 1_999_999, 0, 0, 0, false",
        "0, 2_000_000, 0, 0, 0, true",
        // by time, when a sixteenth of the bytes came
        "624, 0, 60_000, 1000, 0, false",
        "625, 0, 60_000, 1000, 0, true",
    })
    void shouldBeDueLaterOnANode(
            String bytes, String records, String sinceMs, String lastBytes, String keptBytes, boolean due) {
        assertEquals(
                due,
                OF_NODE.isDue(number(bytes), number(records), number(sinceMs), number(lastBytes), number(keptBytes)));
    }

    private static long number(String digits) {
        return Long.parseLong(digits.replace("_", ""));
    }
}
