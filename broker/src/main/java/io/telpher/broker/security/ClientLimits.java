package io.telpher.broker.security;

/**
 * Limits of one client, known by its token or else by its address.
 *
 * @param sharePercent of what there is a limit of: waiting reserves, parked requests, scans
 * @param connectionsMax of each port; 0 = half of {@code limits.max_connections}
 * @param parkedMax requests that wait to be answered, of all clients together
 */
public record ClientLimits(int sharePercent, int connectionsMax, int parkedMax) {
    public static final ClientLimits DEFAULT = new ClientLimits(25, 0, 200_000);

    /** @param max of all clients together */
    public int connections(int max) {
        return connectionsMax == 0 ? Math.max(1, max / 2) : Math.min(connectionsMax, max);
    }
}
