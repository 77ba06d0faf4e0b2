package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.Journals;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.NewTerm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A partition with its journal, without threads and network: each step is the test's, and the time too. */
public final class AgentInHand implements AutoCloseable {
    private final ChronicleJournal journal;
    private final PartitionAgent agent;
    private long nowMs = 1_000_000;

    public AgentInHand(Path directory) throws IOException {
        Partition partition = new Partition(Placement.alone(0), Outbox.DISCARD);
        journal = Journals.open(
                new JournalOptions(directory, SyncPolicy.NONE, 16 << 20, () -> {}), new Recovery(partition));
        agent = new PartitionAgent(new Parts(
                partition,
                journal,
                journal,
                Parts.Time.of(() -> nowMs, nanos -> {}),
                Parts.Upkeep.NONE,
                Parts.Room.own(),
                Parts.Observers.of(failure -> {
                    throw new AssertionError(failure);
                })));
        agent.lead(NewTerm.write(new FrameWriter(), 0, journal.epoch(), Recovery.SEMANTICS_VERSION));
        agent.begin();
    }

    /** A connection that keeps what it is told. */
    public static final class Client extends TestSession {
        public final List<ByteBuffer> frames = new ArrayList<>();
        boolean isOpen = true;

        public Client(long id) {
            super(id);
        }

        @Override
        public boolean isOpen() {
            return isOpen;
        }

        @Override
        public void send(ByteBuf replies) {
            byte[] bytes = new byte[replies.readableBytes()];
            replies.readBytes(bytes).release();
            ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < all.limit(); at += (int) Frame.bytes(all, at)) {
                frames.add(all.slice(at, (int) Frame.bytes(all, at)).order(ByteOrder.LITTLE_ENDIAN));
            }
        }

        public ByteBuffer only() {
            assertEquals(1, frames.size());
            return frames.remove(0);
        }
    }

    /** Until there is nothing to do. */
    void run() {
        while (agent.step() > 0) {
            // one duty cycle after the other
        }
    }

    public void send(Client client, FrameWriter frame) {
        take(client, Unpooled.wrappedBuffer(frame.toBytes()));
    }

    /** For the next step. */
    void leave(Session client, FrameWriter frame) {
        agent.receive(client, Unpooled.wrappedBuffer(frame.toBytes()));
    }

    /** One duty cycle. */
    void step() {
        agent.step();
    }

    void take(Session client, ByteBuf frames) {
        agent.receive(client, frames);
        run();
    }

    public void close(Client client) {
        agent.closed(client);
        run();
    }

    public void pass(long ms) {
        nowMs += ms;
        run();
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }
}
