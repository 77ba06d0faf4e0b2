package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.Overload;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that takes half a second to make something durable: it costs time, not what comes meanwhile. */
class SlowSyncTest {
    private static final int SYNC_MS = 500;
    private static final int SUBMITS = Overload.size(2_000, 200_000);

    @TempDir
    Path temporary;

    private final AtomicInteger confirmed = new AtomicInteger();
    private final AtomicInteger syncsAtFirst = new AtomicInteger(-1);
    private FaultyDisk disk;

    @BeforeEach
    void makeDisk() {
        disk = new FaultyDisk(temporary.resolve("data"), temporary.resolve("survivors"));
    }

    private static final class Client extends Session {
        private final SlowSyncTest test;

        Client(SlowSyncTest test) {
            super(1L << 32);
            this.test = test;
        }

        @Override
        public String address() {
            return "here";
        }

        @Override
        public String clientName() {
            return "slow";
        }

        @Override
        public long connectedAtMs() {
            return 0;
        }

        @Override
        public void send(ByteBuf frames) {
            ByteBuffer replies = frames.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
            int count = 0;
            for (int at = 0; at < replies.limit(); at += (int) Frame.bytes(replies, at)) {
                count++;
            }
            frames.release();
            test.syncsAtFirst.compareAndSet(-1, test.slowSyncs());
            test.confirmed.addAndGet(count);
        }

        @Override
        public void taken() {}
    }

    private int slowSyncs() {
        return disk.slowForces();
    }

    @Test
    void shouldConfirmAllThatCameDuringASyncWithTheNext() throws Exception {
        Path data = temporary.resolve("data");
        AtomicReference<PartitionAgent> agentLater = new AtomicReference<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        ChronicleJournal journal = Journals.open(
                new JournalOptions(data, SyncPolicy.BATCH, 16 << 20, () -> {
                    PartitionAgent agent = agentLater.get();
                    if (agent != null) {
                        agent.journalAdvanced();
                    }
                }),
                new Recovery(partition),
                disk);
        PartitionAgent agent = new PartitionAgent(new Parts(
                partition,
                journal,
                journal,
                Parts.Time.of(System::currentTimeMillis),
                Parts.Upkeep.NONE,
                Parts.Room.own(),
                Parts.Observers.of(failure::set)));
        agentLater.set(agent);
        agent.lead(NewTerm.write(new FrameWriter(), 0, journal.epoch(), Recovery.SEMANTICS_VERSION));
        agent.start();
        disk.slowForces(SYNC_MS);
        Session client = new Client(this);
        try {
            for (int i = 0; i < SUBMITS; i++) {
                byte[] submit = Submit.write(
                                new FrameWriter(), i, TaskSpec.type("t").queue("q"))
                        .toBytes();
                agent.receive(client, Unpooled.wrappedBuffer(submit));
            }
            Overload.await("all are confirmed", () -> confirmed.get() >= SUBMITS || failure.get() != null);
        } finally {
            disk.slowForces(0);
            agent.stop();
            journal.close();
        }
        assertEquals(SUBMITS, confirmed.get());
        assertTrue(syncsAtFirst.get() >= 1, "the first reply came before a sync was done");
        assertTrue(disk.slowForces() < SUBMITS / 20, disk.slowForces() + " syncs for " + SUBMITS + " submits");
    }
}
