package io.telpher.broker.partition.routing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.deadletter.WholeRun;
import io.telpher.broker.partition.session.OwnSession;
import io.telpher.broker.partition.session.Rights;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One question of the router's own to one partition: its answer goes into what the connection that asked for all is told. */
final class SubQuery extends OwnSession {
    /** Set in the ids of inquiries only: no connection's session has it. */
    private static final long BIT = 1L << 61;

    private static final AtomicLong IDS = new AtomicLong(BIT);

    private final PartitionAgent agent;
    private final Session asker;
    private final Consumer<ByteBuffer> answered;
    private @Nullable WholeRun whole;

    /**
     * @param asker in whose name: it sees no more than that connection may
     * @param answered takes the reply's frame, at offset 0, on the partition's thread
     */
    SubQuery(PartitionAgent agent, Session asker, Consumer<ByteBuffer> answered) {
        super(nextId());
        this.agent = agent;
        this.asker = asker;
        this.answered = answered;
    }

    /** An id that no connection and no other question has. Any thread. */
    static long nextId() {
        return IDS.incrementAndGet();
    }

    void ask(FrameWriter question) {
        agent.receive(this, Unpooled.wrappedBuffer(question.toBytes()));
    }

    /** What is asked for is one partition's part of this. Before {@link #ask}. */
    public void partOf(WholeRun run) {
        whole = run;
    }

    @Override
    @Nullable
    public WholeRun partOf() {
        return whole;
    }

    /** Asks whether the partition would take its part of this SUBMIT_BATCH or ACK. */
    void askWhetherItWouldTake(ByteBuffer frame) {
        agent.wouldTake(this, frame);
    }

    @Override
    public String principal() {
        return asker.principal();
    }

    /** Behind what the connection sent before. */
    @Override
    public long lane() {
        return asker.lane();
    }

    @Override
    public Rights rights() {
        return asker.rights();
    }

    @Override
    protected void answered(ByteBuffer frames) {
        agent.closed(this);
        answered.accept(frames);
    }

    @Override
    public ByteBuf newBuffer() {
        return Unpooled.buffer();
    }
}
