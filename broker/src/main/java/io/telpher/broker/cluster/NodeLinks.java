package io.telpher.broker.cluster;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.RaftPeer;

/** This node's connections to the other members' node links, one to each address, for short questions. Thread-safe. */
final class NodeLinks implements AutoCloseable {
    private final ClusterSettings settings;
    private final Map<String, NodeLink.Connection> connections = new HashMap<>();
    private boolean isClosed;

    NodeLinks(ClusterSettings settings) {
        this.settings = settings;
    }

    synchronized NodeLink.Connection to(RaftPeer member) throws IOException {
        if (isClosed) {
            throw new IOException("this node stops");
        }
        NodeLink.Connection present = connections.get(member.getAddress());
        if (present == null) {
            present = new NodeLink.Connection(settings, member.getAddress());
            connections.put(member.getAddress(), present);
        }
        return present;
    }

    /** Ends the connections to all but these. */
    synchronized void keep(Collection<RaftPeer> members) {
        Set<String> addresses = members.stream().map(RaftPeer::getAddress).collect(Collectors.toSet());
        connections.entrySet().removeIf(each -> {
            boolean isGone = !addresses.contains(each.getKey());
            if (isGone) {
                each.getValue().close();
            }
            return isGone;
        });
    }

    synchronized int count() {
        return connections.size();
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        connections.values().forEach(NodeLink.Connection::close);
        connections.clear();
    }
}
