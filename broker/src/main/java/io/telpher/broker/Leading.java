package io.telpher.broker;

import io.telpher.broker.cluster.RaftNode;
import io.telpher.broker.http.HttpServer;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.net.BinaryServer;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.Roles;
import io.telpher.broker.thread.Threads;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node does when it begins to lead, and when another one does: clients are let in, or sent away. */
final class Leading implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Leading.class);

    private final RaftNode node;
    private final LeaderGate gate;
    private final LongConsumer sessionsFrom;
    private final ExecutorService thread;
    private volatile @Nullable BinaryServer binary;
    private volatile @Nullable HttpServer http;

    /** @param sessionsFrom told the epoch that sessions are numbered by from here on */
    Leading(RaftNode node, LeaderGate gate, LongConsumer sessionsFrom, Consumer<Throwable> failed) {
        this.node = node;
        this.gate = gate;
        this.sessionsFrom = sessionsFrom;
        this.thread = Executors.newSingleThreadExecutor(Threads.daemons("telpher-roles", failed));
    }

    void doors(BinaryServer binaryServer, HttpServer httpServer) {
        binary = binaryServer;
        http = httpServer;
    }

    Roles of(PartitionAgent agent, LongFunction<List<FrameWriter>> firstRecords) {
        return new Roles() {
            @Override
            public List<FrameWriter> begins(long epoch) {
                return firstRecords.apply(epoch);
            }

            @Override
            public void leads(long epoch) {
                sessionsFrom.accept(epoch);
                gate.open();
                LOG.info("TQ-5013 this node leads the cluster, in epoch {}", epoch);
            }

            @Override
            public void retires() {
                gate.close();
                LOG.warn("TQ-5014 this node leads the cluster no more; its clients are sent to the one that does");
                try {
                    thread.execute(() -> sendAway(agent));
                } catch (RejectedExecutionException e) {
                    LOG.debug("the node is closing, and its doors with it");
                }
            }

            @Override
            public void covered(AgreedLog.Place place, long sequence) {
                node.covered(place, sequence);
            }
        };
    }

    private void sendAway(PartitionAgent agent) {
        Problem notLeader = gate.refusal();
        BinaryServer clients = binary;
        HttpServer others = http;
        if (notLeader != null && clients != null && others != null) {
            clients.turnAway(notLeader);
            others.turnAway();
        }
        agent.letGo();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
