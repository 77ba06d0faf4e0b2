package io.telpher.broker.partition.routing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.reply.Peers;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.storage.Shortage;
import io.telpher.protocol.Problem;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Withdraw;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The partitions as connections see them. With one, everything goes straight to it; with several, each command goes to the partition of its queue or
 * task, and a connection's replies come in the order in which the partitions give them. Thread-safe, but for what one connection sends.
 */
public final class PartitionRouter {
    private final PartitionAgent[] agents;
    private final LongSupplier clock;
    /** What several partitions are to each session that has asked something; each is itself only. */
    private final Map<Session, MultiPartitionSession> spread = new ConcurrentHashMap<>();

    private final Map<Long, Session> connections = new ConcurrentHashMap<>();
    private final MultiPartitionQueries queries;

    private PartitionRouter(List<PartitionAgent> agents, LongSupplier clock) {
        this.agents = agents.toArray(PartitionAgent[]::new);
        this.clock = clock;
        this.queries = new MultiPartitionQueries(this.agents, connections);
    }

    /**
     * Before the agents are started: they learn to know each other here.
     *
     * @param agents by the number of their partition
     */
    public static PartitionRouter over(List<PartitionAgent> agents, LongSupplier clock) {
        if (agents.size() > 1) {
            AtomicInteger underWay = new AtomicInteger();
            List<PartitionAgent> all = List.copyOf(agents);
            for (int i = 0; i < all.size(); i++) {
                all.get(i).peers(new Peers(i, all, underWay));
            }
        }
        return new PartitionRouter(agents, clock);
    }

    /** Takes whole, validated frames of one connection, in the order it sent them; the buffer is the router's to release. */
    public void receive(Session session, ByteBuf frames) {
        if (agents.length == 1) {
            agents[0].receive(session, frames);
        } else {
            spread(session).receive(frames);
        }
    }

    /**
     * Takes one question of a connection, which is answered from what is applied here, whichever machine leads; where no others have copies of the partitions, as any other. The
     * buffer is the router's to release.
     *
     * @return why it is not taken; null when it is
     */
    public @Nullable Problem receiveStale(Session session, ByteBuf frame) {
        if (agents.length == 1) {
            return agents[0].receiveStale(session, frame);
        }
        receive(session, frame);
        return null;
    }

    /** The last record that each partition has applied at least, in their order. Any thread. */
    public long[] appliedSequences() {
        return Arrays.stream(agents).mapToLong(PartitionAgent::appliedSequence).toArray();
    }

    /** The same, for a caller that has a {@link #turn} next, when it has received what there was. */
    public void leave(Session session, ByteBuf frames) {
        if (agents.length == 1) {
            agents[0].leave(session, frames);
        } else {
            spread(session).receive(frames);
        }
    }

    /** Has what was left taken in, perhaps by the caller. */
    public void turn() {
        if (agents.length == 1) {
            agents[0].turn();
        }
    }

    private MultiPartitionSession spread(Session session) {
        MultiPartitionSession present = spread.get(session);
        if (present == null) {
            present = new MultiPartitionSession(session, agents, clock, queries);
            spread.put(session, present);
            if (session.isConnection()) {
                connections.put(session.id(), session);
            }
        }
        return present;
    }

    /** A reserve of this connection is to wait no longer: it is answered with nothing, unless it was answered before. On the thread of {@link #receive}. */
    public void withdraw(Session session, int requestId) {
        if (agents.length == 1) {
            agents[0].receive(
                    session,
                    Unpooled.wrappedBuffer(
                            Withdraw.write(new FrameWriter(), requestId).toBytes()));
        } else {
            spread(session).withdraw(requestId);
        }
    }

    /**
     * The client of this connection says that it takes no more tasks: what it waits for is answered with nothing, what it reserves from here on when its wait is over. On the
     * thread of {@link #receive}, after what it sent before.
     */
    public void drains(Session session) {
        if (session.drains()) {
            byte[] drain =
                    DrainWorker.write(new FrameWriter(), 0, session.id(), false).toBytes();
            SingleRequest.unawaited(session, this).ask(Unpooled.wrappedBuffer(drain));
        }
    }

    /** The connection is gone: after its last {@link #receive}, on the same thread. */
    public void closed(Session session) {
        for (Session single : session.singles()) {
            closed(session, single);
        }
        MultiPartitionSession known = spread.remove(session);
        if (agents.length == 1) {
            agents[0].closed(session);
        } else if (known != null) {
            connections.remove(session.id());
            known.closed();
        }
    }

    /** A request of the connection under a number of its own is answered, or the connection is gone; only the first counts. */
    void closed(Session connection, Session single) {
        if (connection.singles().remove(single)) {
            closed(single);
        }
    }

    /**
     * The connection was granted other rights: what it waits for and may have no more is refused at once. After what came under the earlier rights, on the
     * same thread.
     */
    public void rightsChanged(Session session) {
        if (agents.length == 1) {
            agents[0].rightsChanged(session);
            return;
        }
        MultiPartitionSession known = spread.get(session);
        if (known != null) {
            known.rightsChanged();
        }
    }

    /** More is received and not taken in than the limit: sockets are to be left unread. */
    public boolean isCrowded() {
        for (PartitionAgent agent : agents) {
            if (agent.isCrowded()) {
                return true;
            }
        }
        return false;
    }

    /** Twice as much as that: senders that can't be left unread have to be refused. */
    public boolean isOverfull() {
        return Arrays.stream(agents).anyMatch(PartitionAgent::isOverfull);
    }

    /** Runs it once the one that was crowded is no longer, on any thread. */
    public void onceRoomy(Runnable resume) {
        for (PartitionAgent agent : agents) {
            if (agent.isCrowded()) {
                agent.onceRoomy(resume);
                return;
            }
        }
        resume.run();
    }

    /** Appended again by compaction since the start. */
    public long copiedBytes() {
        return Arrays.stream(agents)
                .mapToLong(agent -> agent.room().copiedBytes())
                .sum();
    }

    /** What waits, in any of them, because the disk is nearly full. */
    public Set<Shortage> shortages() {
        Set<Shortage> all = EnumSet.noneOf(Shortage.class);
        for (PartitionAgent agent : agents) {
            all.addAll(agent.room().shortages());
        }
        return all;
    }

    /** @param nodes of the cluster that have no room for new tasks, and are too many; empty = new tasks may come. Any thread */
    public void lowElsewhere(String nodes) {
        for (PartitionAgent agent : agents) {
            agent.room().lowElsewhere(nodes);
        }
    }

    /** Refuses new work from here on; what workers hold can still be acknowledged. */
    public void drain() {
        for (PartitionAgent agent : agents) {
            agent.drain();
        }
    }

    public boolean isDraining() {
        return agents[0].isDraining();
    }

    /**
     * Ends the partitions' threads after what they have taken in is journaled, applied and answered, and what they hand over to each other has
     * arrived.
     */
    public void stop() throws InterruptedException {
        for (PartitionAgent agent : agents) {
            agent.askToStop();
        }
        for (PartitionAgent agent : agents) {
            agent.join();
        }
    }
}
