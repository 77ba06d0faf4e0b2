package io.telpher.broker.cluster;

import io.telpher.broker.cluster.raft.RaftDivision;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node comes to take part in the cluster. One that has a share of the log goes on with it. A founder that has none asks the others first, see {@link Founders}: until it is let
 * in, Raft's library has no group here, answers none of its messages and sends none, while the node link answers other founders. A node that comes later takes part without a vote,
 * and asks the members to be made one of them.
 */
final class Bootstrap {
    private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);
    private static final long JOIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final ClusterSettings settings;
    private final Path directory;
    private final OwnFile own;
    private final RaftDivision raft;
    private final Founders founders;
    private final Membership membership;
    private final Consumer<Throwable> failed;
    private volatile @Nullable Thread asking;
    private volatile boolean stopping;

    /** What a node does that may vote from here on. */
    interface Start {
        void takePart() throws IOException;
    }

    /** @param failed told when this node can't go on */
    Bootstrap(
            ClusterSettings settings,
            Path directory,
            OwnFile own,
            RaftDivision raft,
            Founders founders,
            Membership membership,
            Consumer<Throwable> failed) {
        this.settings = settings;
        this.directory = directory;
        this.own = own;
        this.raft = raft;
        this.founders = founders;
        this.membership = membership;
        this.failed = failed;
    }

    /** Whom a cluster begins with. Later, and for all who came later, Raft's log says who belongs to it. */
    static RaftGroup firstMembers(ClusterSettings settings, NodeFile node) {
        List<RaftPeer> peers = new ArrayList<>();
        if (node.origin().isAlone()) {
            peers.add(RaftPeer.newBuilder()
                    .setId(node.member())
                    .setAddress(settings.nodes().getOrDefault(settings.node(), ""))
                    .build());
        } else if (node.isFounder()) {
            new TreeMap<>(settings.nodes())
                    .forEach((id, address) -> peers.add(
                            RaftPeer.newBuilder().setId(id).setAddress(address).build()));
        }
        return RaftGroup.valueOf(RaftGroupId.valueOf(node.cluster()), peers);
    }

    /** The library runs, without a group: asks the founders until they let this node in, and begins its log then. */
    void askFounders(Start then) {
        Thread thread = Threads.daemon("telpher-raft-begin", () -> untilLetIn(then), failed);
        asking = thread;
        thread.start();
    }

    private void untilLetIn(Start then) {
        try {
            List<String> told = List.of();
            long pauseNanos = 0;
            for (List<String> missing = founders.ask(); !missing.isEmpty(); missing = founders.ask()) {
                if (!missing.equals(told)) {
                    LOG.info(
                            "TQ-5039 node {} has not taken part in the cluster {} yet, and waits: {}",
                            settings.node(),
                            settings.name(),
                            String.join("; ", missing));
                    told = missing;
                }
                pauseNanos = Math.min(pauseNanos + ASK_NANOS, JOIN_NANOS); // nodes that begin together don't wait long
                LockSupport.parkNanos(this, pauseNanos);
                if (stopping) {
                    return;
                }
            }
            raft.begin(firstMembers(settings, own.present()));
            then.takePart();
        } catch (IOException e) {
            if (!stopping) {
                failed.accept(e);
            }
        }
    }

    /** A node that came later asks to be made a member, once it takes part; others don't. */
    void join() {
        if (own.present().joining() != null) {
            Threads.daemon("telpher-raft-join", this::askMembers, failed).start();
        }
    }

    /** Until it is one; which of them leads is not known here yet. */
    private void askMembers() {
        NodeFile.Joining joining = own.present().joining();
        while (!stopping && joining != null) {
            for (String link : joining.links()) {
                try (NodeLink.Connection other = new NodeLink.Connection(settings, link)) {
                    other.join(
                            own.present().member(),
                            settings.nodes().getOrDefault(settings.node(), ""),
                            joining.replaces());
                } catch (RefusedException e) {
                    failed.accept(new JournalException("TQ-5019 this node can't join the cluster " + settings.name()
                            + ": " + e.getMessage() + ". Move " + directory + " away and prepare another one"));
                    return;
                } catch (IOException e) {
                    LOG.debug("not made a member by the one at {}", link, e);
                }
            }
            LockSupport.parkNanos(this, JOIN_NANOS);
            joining = own.present().joining();
        }
    }

    /** Notes that this node was made a member, when it was. */
    void look() throws IOException {
        if (own.present().joining() != null && membership.isMember()) {
            NodeFile joined = own.change(NodeFile::joined);
            LOG.info("TQ-5018 this node is a member of the cluster {}, as {}", settings.name(), joined.member());
        }
    }

    /** Asks no more. */
    void stop() {
        stopping = true;
        Thread thread = asking;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
