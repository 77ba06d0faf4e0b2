package io.telpher.broker.cluster;

import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.cluster.raft.RaftDivision;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/** Requests that this node was asked and that the one which leads answers. Any thread. */
final class LeaderRequests implements AutoCloseable {
    /** After that requests that were forwarded are given up. */
    private static final long LEADERLESS_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

    private final RaftDivision raft;
    private final NodeView view;
    private final LeaderLink link;
    private volatile ForwardedCall.@Nullable Target own;

    LeaderRequests(ClusterSettings settings, RaftDivision raft, NodeView view) {
        this.raft = raft;
        this.view = view;
        this.link = new LeaderLink(settings);
    }

    /** @param target takes here what other nodes forward */
    void takenBy(ForwardedCall.Target target) {
        own = target;
    }

    /** Null when nothing is taken yet. */
    ForwardedCall.@Nullable Target takenBy() {
        return own;
    }

    ForwardedCall forward(byte[] request, ForwardedCall.Ending ending) {
        ForwardedCall.Target here = own;
        if (here != null && here.leads()) {
            return here.take(request, ending); // since a moment ago
        }
        String why = "no leader is known";
        try {
            RaftPeer leader = leader();
            if (leader != null) {
                return link.forward(leader.getAddress(), request, ending);
            }
        } catch (IOException e) {
            why = e.toString();
        }
        ending.unanswered(false, why);
        return ForwardedCall.OVER;
    }

    /** Null when none is known, or it is this one. */
    private @Nullable RaftPeer leader() throws IOException {
        RaftServer.Division division = raft.division();
        RaftPeerId leader = division.getInfo().getLeaderId();
        return leader == null || leader.equals(raft.id())
                ? null
                : division.getRaftConf().getPeer(leader);
    }

    /** A node that knows of no leader for some time has lost the others, and with them the one that it has asked. */
    void look() throws IOException {
        RaftPeer leader = leader();
        if (leader != null) {
            link.leads(leader.getAddress());
        } else if (view.leaderlessNanos() > LEADERLESS_NANOS_MAX) {
            link.leads("");
        }
    }

    @Override
    public void close() {
        link.close();
    }
}
