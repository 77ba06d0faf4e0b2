package io.telpher.broker.partition;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.NotLeader;
import io.telpher.protocol.Problem;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether this machine takes requests: one by itself always, a node of a cluster while it leads. Thread-safe. */
public final class LeaderGate {
    private final Supplier<String> leader;
    private volatile boolean isOpen;

    private LeaderGate(boolean isOpen, Supplier<String> leader) {
        this.isOpen = isOpen;
        this.leader = leader;
    }

    public static LeaderGate alwaysOpen() {
        return new LeaderGate(true, () -> "");
    }

    /** @param leader asked each time for the address of the one that leads, {@code host:port} of the binary protocol */
    public static LeaderGate shut(Supplier<String> leader) {
        return new LeaderGate(false, leader);
    }

    public void open() {
        isOpen = true;
    }

    public void close() {
        isOpen = false;
    }

    public boolean isOpen() {
        return isOpen;
    }

    /** Null while it is open. */
    public @Nullable Problem refusal() {
        return isOpen ? null : new Problem(ErrorCode.NOT_LEADER, NotLeader.text(leader.get()));
    }
}
