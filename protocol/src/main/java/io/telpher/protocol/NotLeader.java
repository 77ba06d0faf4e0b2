package io.telpher.protocol;

/**
 * The text of NOT_LEADER, in ERROR and GOAWAY: it ends with where the leader takes connections, as far as that is known. Example: {@code this node does not lead the cluster;
 * leader=10.0.0.2:8357}.
 */
public final class NotLeader {
    private static final String TEXT = "this node does not lead the cluster";
    private static final String LEADER = "; leader=";

    private NotLeader() {}

    /** @param leader {@code host:port}; empty = not known */
    public static String text(String leader) {
        return TEXT + LEADER + leader;
    }

    /** {@code host:port} of the leader; empty when the text does not say it. */
    public static String leader(String text) {
        int at = text.lastIndexOf(LEADER);
        return at < 0 ? "" : text.substring(at + LEADER.length()).strip();
    }
}
