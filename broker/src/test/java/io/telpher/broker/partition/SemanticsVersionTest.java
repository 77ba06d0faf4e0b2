package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.Journals;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotPlan;
import io.telpher.broker.partition.snapshot.SnapshotPolicy;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.SetRetention;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broker of other decisions left behind: its snapshot is read, its records only when they are known. */
class SemanticsVersionTest {
    private static final Placement PLACEMENT = Placement.alone(0);
    private static final int FILE_BYTES = 1 << 20;
    private static final int RETENTION_MS = 3_456_000;

    @TempDir
    Path directory;

    private final List<Throwable> failures = new ArrayList<>();

    private ChronicleJournal open(Recovery recovery) throws IOException {
        return Journals.open(
                new JournalOptions(directory, SyncPolicy.BATCH, FILE_BYTES, () -> {}),
                recovery.readSnapshot(),
                recovery);
    }

    private SnapshotStore store() {
        return new SnapshotStore(directory, PLACEMENT);
    }

    private Recovery recovery() {
        return new Recovery(new Partition(PLACEMENT, Outbox.DISCARD), store());
    }

    /** A broker's run, up to its clean stop or without one. */
    private void runOf(int semanticsVersion, boolean stopsCleanly) throws Exception {
        Recovery recovery = recovery();
        try (ChronicleJournal journal = open(recovery)) {
            SnapshotPolicy policy = new SnapshotPolicy(Long.MAX_VALUE, Long.MAX_VALUE, stopsCleanly);
            PartitionAgent agent = new PartitionAgent(new Parts(
                    recovery.partition(),
                    journal,
                    journal,
                    Parts.Time.of(System::currentTimeMillis),
                    new Parts.Upkeep(new SnapshotPlan(store(), policy, recovery, () -> {}), null, null, null),
                    Parts.Room.own(),
                    Parts.Observers.of(failures::add)));
            agent.lead(NewTerm.write(new FrameWriter(), 0, journal.epoch(), semanticsVersion));
            agent.applyOwn(SetRetention.write(new FrameWriter(), 0, RETENTION_MS));
            agent.start();
            agent.stop();
        }
        assertEquals(List.of(), failures);
    }

    @ParameterizedTest
    @ValueSource(ints = {-2, -1, 1})
    void shouldGoOnAfterACleanStopOfAnotherVersion(int difference) throws Exception {
        runOf(Recovery.SEMANTICS_VERSION + difference, true);
        runOf(Recovery.SEMANTICS_VERSION, false);
        Recovery again = recovery();
        open(again).close();
        assertEquals(RETENTION_MS, again.partition().retentionMs());
        assertEquals(2, again.partition().term());
        assertEquals(Recovery.SEMANTICS_VERSION, again.partition().semanticsVersion());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void shouldRefuseRecordsOfAnotherVersion(int difference) throws Exception {
        runOf(Recovery.SEMANTICS_VERSION + difference, false);
        requireRefusal(Recovery.SEMANTICS_VERSION + difference);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void shouldRefuseRecordsOfAnotherVersionBehindASnapshot(int difference) throws Exception {
        runOf(Recovery.SEMANTICS_VERSION, true);
        runOf(Recovery.SEMANTICS_VERSION + difference, false);
        requireRefusal(Recovery.SEMANTICS_VERSION + difference);
    }

    private void requireRefusal(int version) {
        JournalException refused = assertThrows(JournalException.class, () -> open(recovery()));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith("TQ-2009"), message);
        assertTrue(message.contains("semantics version " + version), message);
    }

    @ParameterizedTest
    @ValueSource(ints = 0)
    void shouldReadRecordsOfVersionsThatItKnows(int difference) throws Exception {
        runOf(Recovery.SEMANTICS_VERSION + difference, false);
        Recovery again = recovery();
        open(again).close();
        assertEquals(RETENTION_MS, again.partition().retentionMs());
    }
}
