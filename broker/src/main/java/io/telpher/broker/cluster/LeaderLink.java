package io.telpher.broker.cluster;

import io.telpher.broker.cluster.forward.ForwardedCall;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The connection over which a node hands requests to the one that leads; another one when another leads. Any thread. */
final class LeaderLink implements AutoCloseable {
    private final ClusterSettings settings;
    private String address = "";
    private NodeLink.@Nullable Connection connection;
    private boolean isClosed;

    LeaderLink(ClusterSettings settings) {
        this.settings = settings;
    }

    /** @param leader address of its node link */
    ForwardedCall forward(String leader, byte[] request, ForwardedCall.Ending ending) throws IOException {
        return to(leader).forward(request, ending);
    }

    private synchronized NodeLink.Connection to(String leader) throws IOException {
        if (isClosed) {
            throw new IOException("this node stops");
        }
        NodeLink.Connection present = connection;
        if (present == null || !leader.equals(address)) {
            end();
            present = new NodeLink.Connection(settings, leader);
            connection = present;
            address = leader;
        }
        return present;
    }

    /** What is under way to a node that leads no more is not waited for: that one may be cut off, and never say so. */
    synchronized void leads(String leader) {
        if (!leader.equals(address)) {
            end();
        }
    }

    private void end() {
        if (connection != null) {
            connection.close();
            connection = null;
            address = "";
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        end();
    }
}
