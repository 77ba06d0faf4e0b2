package io.telpher.broker.cli.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.QueueNames;
import io.telpher.broker.cli.Main;
import io.telpher.broker.cli.output.Exit;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.JournalCheck;
import io.telpher.broker.partition.salvage.HandOverCheck;
import io.telpher.broker.partition.salvage.HandOverCut;
import io.telpher.broker.partition.salvage.HandOverTrail;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.admin.BrokerStats;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a data directory whose partitions have handed tasks over to each other. */
@Timeout(300)
class PartitionsCopyTest {
    private static final int PARTITIONS = 2;

    @TempDir
    Path directory;

    private final StringWriter errors = new StringWriter();
    private Path data;
    private Path before;

    private int tq(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(errors))
                .execute(arguments);
    }

    private static TaskSpec taskIn(int partition) {
        return TaskSpec.type("t").queue(QueueNames.in(partition, 0, PARTITIONS)).payload("p");
    }

    /** Two tasks more, one in each partition, decided in the first. */
    private long submitBatch(Path to) throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(to).onFreePorts().withPartitions(PARTITIONS));
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submitBatch(List.of(taskIn(0), taskIn(1)));
            return telpher.operations().stats().get(BrokerStats.Field.READY);
        }
    }

    @BeforeEach
    void copyBetweenTwoBatches() throws Exception {
        data = directory.resolve("data");
        before = directory.resolve("before");
        submitBatch(data);
        assertEquals(0, tq("backup", data.toString(), before.toString()), errors::toString);
        submitBatch(data);
    }

    private static Path second(Path of) {
        return of.resolve("partitions").resolve("0001");
    }

    private void exchange(Path from, Path to) throws Exception {
        Path old = directory.resolve("exchanged");
        Files.move(to, old);
        Files.move(from, to);
    }

    @Test
    void shouldRestoreACopyOfAllPartitions() throws Exception {
        Path copy = directory.resolve("copy");
        assertEquals(0, tq("backup", data.toString(), copy.toString()), errors::toString);
        assertEquals(6, submitBatch(copy));
        assertEquals("", errors.toString());
    }

    @Test
    void shouldRefuseACopyThatLacksWhatAnotherPartitionHandedOver() throws Exception {
        exchange(second(before), second(data));
        assertEquals(
                Exit.JOURNAL,
                tq("backup", data.toString(), directory.resolve("copy").toString()));
        assertTrue(errors.toString().contains("TQ-4004"), errors::toString);
        assertTrue(
                errors.toString().contains("tasks that partition 0 handed over to partition 1 are missing there"),
                errors::toString);
    }

    @Test
    void shouldRefuseACopyThatHasWhatWasNotDecidedYet() throws Exception {
        exchange(second(data), second(before));
        assertEquals(
                Exit.JOURNAL,
                tq("backup", before.toString(), directory.resolve("copy").toString()));
        assertTrue(
                errors.toString()
                        .contains(
                                "partition 1 has tasks of batches or acknowledgements that partition 0 does not know of"),
                errors::toString);
    }

    /** As a backup of a running broker does, whose partitions are copied one after the other. */
    private static void makeFit(Path copy) throws Exception {
        PartitionLayout layout = PartitionLayout.read(copy);
        List<HandOverTrail> trails = read(layout);
        assertFalse(problems(trails).isEmpty());
        while (!problems(trails).isEmpty()) {
            assertTrue(HandOverCut.cut(layout, trails), "nothing can be cut");
            trails = read(layout);
        }
    }

    private static List<HandOverTrail> read(PartitionLayout layout) throws Exception {
        List<HandOverTrail> trails = new ArrayList<>();
        for (int i = 0; i < layout.count(); i++) {
            Placement placement = layout.placement(i);
            HandOverTrail trail = new HandOverTrail(
                    new Recovery(
                            new Partition(placement, Outbox.DISCARD),
                            new SnapshotStore(layout.directory(i), placement)),
                    layout.count());
            assertFalse(new JournalCheck(layout.directory(i))
                    .run(trail::readSnapshot, trail)
                    .isDamaged());
            trails.add(trail);
        }
        return trails;
    }

    private static List<String> problems(List<HandOverTrail> trails) {
        return HandOverCheck.problems(trails.stream()
                .map(trail -> HandOverCheck.Standing.of(trail.partition()))
                .toList());
    }

    /** The second batch is in neither any more. */
    @Test
    void shouldTakeOffWhatTheOtherPartitionDidNotDecide() throws Exception {
        exchange(second(data), second(before));
        makeFit(before);
        assertEquals(4, submitBatch(before));
    }

    /** The second batch is owed again, by the partition that decided it. */
    @Test
    void shouldTakeOffThatTheOtherPartitionHasWhatItHasNot() throws Exception {
        exchange(second(before), second(data));
        makeFit(data);
        assertEquals(6, submitBatch(data));
    }

    @Test
    void shouldSayWithItsExitCodeThatPartitionsDontFit() throws Exception {
        assertEquals(0, tq("journal", "verify", data.toString()));
        exchange(second(data), second(before));
        assertEquals(Exit.JOURNAL, tq("journal", "verify", before.toString()));
        assertTrue(
                errors.toString()
                        .contains("TQ-4004 the partitions don't fit: partition 1 has tasks of batches or"
                                + " acknowledgements that partition 0 does not know of"),
                errors::toString);
    }
}
