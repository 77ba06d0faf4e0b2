package io.telpher.broker.memory;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * How the memory outside the heap is shared out: in one place, so that the shares add up. An eighth each goes to requests that are not journaled
 * yet (for which up to twice as much is held), to requests whose end has not come, and to batches on their way to the disk. When replies have
 * taken what is left of the first half, clients that don't read theirs are closed.
 */
public final class BufferBudget {
    /** As large as the heap may be, unless -XX:MaxDirectMemorySize says otherwise. */
    public static final long BYTES = maxDirectMemory();

    /** Requests received whole and not journaled; beyond it sockets are left unread. */
    public static final long RECEIVED_BYTES_MAX = Math.min(96L << 20, BYTES / 8);

    /** Records appended and not yet applied; beyond it nothing is appended. */
    public static final long IN_FLIGHT_BYTES_MAX = Math.min(64L << 20, BYTES / 8);

    /** When the network's buffers take more, a client that leaves its replies unread has to go. */
    public static final long SHORT_BYTES = BYTES / 2;

    private static final BufferRoom INCOMPLETE = new BufferRoom(Math.min(256L << 20, BYTES / 8));

    private BufferBudget() {}

    /** For requests whose end has not come, of all connections. */
    public static BufferRoom incomplete() {
        return INCOMPLETE;
    }

    private static long maxDirectMemory() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        String option = machine == null
                ? "0"
                : machine.getVMOption("MaxDirectMemorySize").getValue();
        long bytes = Long.parseLong(option);
        return bytes > 0 ? bytes : Runtime.getRuntime().maxMemory();
    }
}
