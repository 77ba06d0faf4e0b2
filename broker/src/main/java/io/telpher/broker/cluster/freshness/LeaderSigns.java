package io.telpher.broker.cluster.freshness;

import io.telpher.broker.journal.AgreedLog;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;

/**
 * What a node hears of the leader, as it counts for {@link Freshness}: a follower that knows who leads hears of it by each of its messages; a leader knows that it
 * led when a majority answered it last. A node that looks for a leader hears nothing, whatever others ask it. Any thread.
 */
public final class LeaderSigns {
    /** It can't be said how old the state is: nothing was heard of a leader yet, or what it said is not applied. */
    public static final long UNKNOWN = Freshness.UNKNOWN;

    private static final long NONE = -1;

    private final Freshness freshness = new Freshness();
    /** Of the last entry that is on its way to the partition, or was. */
    private volatile long handedIndex = NONE;

    /** An entry for the partition is agreed on, and about to be handed to it: before the shared log says that it was taken. */
    public void hands(long index) {
        handedIndex = index;
    }

    /** Takes note of what is heard now, and says how old the applied state is at most, in ns; {@link #UNKNOWN} when it can't be said. */
    public long ageNanos(RaftServer.Division division, AgreedLog log) throws IOException {
        DivisionInfo info = division.getInfo();
        long heardMs = heardMsAgo(division, info);
        long heardNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(heardMs);
        // Behind the sign: what is said by a later one is as good, by an earlier one it is too little.
        long agreed = agreedIndex(division, info);
        Freshness.Progress progress = new Freshness.Progress(info.getLastAppliedIndex(), handedIndex, log.takenIndex());
        if (heardMs == NONE || agreed == NONE) {
            freshness.look(progress);
        } else {
            freshness.heard(heardNanos, agreed, progress);
        }
        return freshness.ageNanos(System.nanoTime());
    }

    /** {@link #NONE} while the leader has not said it. */
    private static long agreedIndex(RaftServer.Division division, DivisionInfo info) {
        String leader = String.valueOf(info.getLeaderId());
        long agreed = NONE;
        boolean hasSaid = false;
        for (CommitInfoProto each : division.getCommitInfos()) {
            hasSaid |= each.getServer().getId().toStringUtf8().equals(leader);
            agreed = Math.max(agreed, each.getCommitIndex());
        }
        return hasSaid ? agreed : NONE;
    }

    /** {@link #NONE} when no leader is known. */
    private static long heardMsAgo(RaftServer.Division division, DivisionInfo info) {
        RoleInfoProto role = info.getRoleInfoProto();
        if (role.getRole() == RaftPeerRole.LEADER) {
            return majorityMsAgo(division, role);
        }
        // A vote for another node counts as a message, too: then none is known to lead.
        boolean knowsLeader = role.hasFollowerInfo() && info.getLeaderId() != null;
        return knowsLeader ? role.getFollowerInfo().getLeaderInfo().getLastRpcElapsedTimeMs() : NONE;
    }

    private static long majorityMsAgo(RaftServer.Division division, RoleInfoProto role) {
        Map<String, Long> answered = new HashMap<>();
        for (ServerRpcProto each : role.getLeaderInfo().getFollowerInfoList()) {
            answered.put(each.getId().getId().toStringUtf8(), each.getLastRpcElapsedTimeMs());
        }
        long[] ago = division.getRaftConf().getCurrentPeers().stream()
                .map(RaftPeer::getId)
                .filter(id -> !id.equals(division.getId()))
                .mapToLong(id -> answered.getOrDefault(id.toString(), Long.MAX_VALUE))
                .sorted()
                .toArray();
        int others = (ago.length + 1) / 2; // with itself a majority
        long last = others == 0 ? 0 : ago[others - 1];
        return last == Long.MAX_VALUE ? NONE : last;
    }
}
