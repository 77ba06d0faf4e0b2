package io.telpher.broker.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;

/**
 * Finds out whether this machine still leads: asks the members for the term that each is in. Who votes for a later leader is in that one's term from then on, by its disk. So when a
 * majority is in this leader's term, no later one was elected before it was asked, and nothing that was confirmed before is unknown here. No clock is looked at: a process that was
 * stopped asks after it has woken up.
 *
 * <p>The library's own linearizable reads don't do. Its lease holds on when a later leader is elected between a member's pre-vote and its vote; without the lease, it asks no
 * member when nothing was agreed on since it asked last, which is what a leader finds that was stopped.
 */
final class LeaderProof {
    private final NodeLinks links;
    private final Duration patience;

    /** @param patience with a member that does not answer */
    LeaderProof(NodeLinks links, Duration patience) {
        this.links = links;
        this.patience = patience;
    }

    /** Told once what a round comes to, on any thread. */
    interface Outcome {
        /** @param isProven otherwise too few have answered, or are in this term */
        void told(boolean isProven);
    }

    /** Begins a round: asks all members and waits for none. Any thread. */
    void ask(RaftServer.Division division, long term, Outcome outcome) throws IOException {
        RaftConfiguration members = division.getRaftConf();
        Collection<RaftPeer> all = members.getAllPeers();
        Round round = new Round(members, all.size(), outcome);
        for (RaftPeer peer : all) {
            RaftPeerId id = peer.getId();
            if (id.equals(division.getId())) {
                round.said(id, division.getInfo().getCurrentTerm() == term);
            } else {
                links.to(peer).term(id.toString(), patience, said -> round.said(id, said == term));
            }
        }
    }

    private static final class Round {
        private final RaftConfiguration members;
        private final Outcome outcome;
        private final Set<RaftPeerId> inTerm = new HashSet<>();
        private int unheard;
        private boolean isOver;

        Round(RaftConfiguration members, int asked, Outcome outcome) {
            this.members = members;
            this.unheard = asked;
            this.outcome = outcome;
        }

        void said(RaftPeerId id, boolean isInTerm) {
            boolean isProven;
            synchronized (this) {
                unheard--;
                if (isInTerm) {
                    inTerm.add(id);
                }
                isProven = isMajority(members.getCurrentPeers()) && isMajority(members.getPreviousPeers());
                if (isOver || !isProven && unheard > 0) {
                    return;
                }
                isOver = true;
            }
            outcome.told(isProven);
        }

        /** While members change, of those before and of those to be. */
        private boolean isMajority(Collection<RaftPeer> peers) {
            long count =
                    peers.stream().filter(peer -> inTerm.contains(peer.getId())).count();
            return peers.isEmpty() || count > peers.size() / 2;
        }
    }
}
