package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The partitions as connections see them. Thread-safe. */
public final class PartitionRouter {
    private final List<PartitionAgent> agents;

    /** @param agents by the number of their partition */
    public PartitionRouter(List<PartitionAgent> agents) {
        this.agents = List.copyOf(agents);
    }

    /** Takes whole, validated frames of one connection, in the order it sent them; the buffer is the router's to release. */
    public void receive(Session session, ByteBuf frames) {
        agents.get(0).receive(session, frames);
    }

    /** The connection is gone: after its last {@link #receive}. */
    public void closed(Session session) {
        agents.get(0).closed(session);
    }

    /** So much was received and not taken in that nobody should read more from a socket. */
    public boolean isCrowded() {
        for (PartitionAgent agent : agents) {
            if (agent.isCrowded()) {
                return true;
            }
        }
        return false;
    }

    /** Twice as much as that: whoever can't be left unread has to be refused. */
    public boolean isOverfull() {
        return agents.stream().anyMatch(PartitionAgent::isOverfull);
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
        return agents.stream().mapToLong(agent -> agent.room().copiedBytes()).sum();
    }

    /** What waits, in any of them, because the disk is nearly full. */
    public Set<Shortage> shortages() {
        Set<Shortage> all = EnumSet.noneOf(Shortage.class);
        agents.forEach(agent -> all.addAll(agent.room().shortages()));
        return all;
    }

    /** Refuses new work from here on; what workers hold can still be acknowledged. */
    public void drain() {
        agents.forEach(PartitionAgent::drain);
    }

    public boolean isDraining() {
        return agents.get(0).isDraining();
    }

    /** Ends the partitions' threads after what they have taken in is journaled, applied and answered. */
    public void stop() throws InterruptedException {
        for (PartitionAgent agent : agents) {
            agent.stop();
        }
    }
}
