package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.record.NewTerm;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a leader's first record says. */
class NewEpochTest {
    private static final long EPOCH = 513;
    private static final int RESUME_MS = 7_000;

    private static NewTerm read(Partition partition) {
        return new NewTerm()
                .wrap(
                        RunningPartition.newTerm(partition, EPOCH, Partition.SEMANTICS_VERSION, RESUME_MS)
                                .written(),
                        0);
    }

    @Test
    @DisplayName("how long leases wait for their workers, and that no task ids are left out")
    void saysHowLongLeasesWait() {
        NewTerm said = read(new Partition(Placement.alone(0), Outbox.DISCARD));
        assertEquals(EPOCH, said.term());
        assertEquals(RESUME_MS, said.resumeMs());
        assertEquals(0, said.idBlocksLeftOut());
    }

    @Test
    @DisplayName("the secret of the hashes, drawn once")
    void drawsTheSecretOnce() {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        NewTerm first = read(partition);
        assertNotEquals(0, first.secretLow() | first.secretHigh());
        partition.onRecord(
                1,
                0,
                0,
                0,
                RunningPartition.newTerm(partition, 1, Partition.SEMANTICS_VERSION, RESUME_MS)
                        .written(),
                0);
        NewTerm second = read(partition);
        assertEquals(0, second.secretLow() | second.secretHigh());
    }
}
