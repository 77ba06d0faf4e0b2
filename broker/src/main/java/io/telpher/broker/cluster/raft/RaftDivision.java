package io.telpher.broker.cluster.raft;

import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This machine's part in the group, which the library calls a division: what it knows of it, and requests to it, all as from one client. A future is
 * completed by a thread of the library. Any thread.
 */
public final class RaftDivision {
    private static final Logger LOG = LoggerFactory.getLogger(RaftDivision.class);
    private static final long CLOSE_MS_MAX = 5_000;
    /** After a request's own time is over. */
    private static final long ANSWER_MS_MAX = 250;

    private final RaftServer server;
    private final RaftGroupId group;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();

    /** @param server may have no such group yet, see {@link #begin} */
    public RaftDivision(RaftServer server, RaftGroupId group) {
        this.server = server;
        this.group = group;
    }

    /** The library runs from here on, and goes on with the group when there is one. */
    public void start() throws IOException {
        server.start();
    }

    /** The member that this process is. */
    public RaftPeerId id() {
        return server.getId();
    }

    /** @throws IOException while there is no group here: it was not begun yet, or the node stops */
    public RaftServer.Division division() throws IOException {
        return server.getDivision(group);
    }

    /** As {@link #division}. */
    public DivisionInfo info() throws IOException {
        return division().getInfo();
    }

    /** Who has a vote; while members change, who is to have one. */
    public Collection<RaftPeer> members() throws IOException {
        return division().getRaftConf().getCurrentPeers();
    }

    /** Up to which index every member has the log at least; below 0 = it is not known of each: after a start one that is away has said nothing yet. */
    public long heldByAll() throws IOException {
        Map<String, Long> heard = new HashMap<>();
        division()
                .getCommitInfos()
                .forEach(each -> heard.put(each.getServer().getId().toStringUtf8(), each.getCommitIndex()));
        return division().getRaftConf().getAllPeers().stream()
                .mapToLong(peer -> heard.getOrDefault(peer.getId().toString(), -1L))
                .min()
                .orElse(-1);
    }

    /** The other member that has most of the log, as far as it is known here; null = there is no other one. */
    public @Nullable RaftPeerId mostCurrent() throws IOException {
        RaftPeerId best = null;
        long most = -1;
        for (CommitInfoProto each : division().getCommitInfos()) {
            RaftPeerId id = RaftPeerId.valueOf(each.getServer().getId());
            if (!id.equals(id()) && each.getCommitIndex() > most) {
                most = each.getCommitIndex();
                best = id;
            }
        }
        return best;
    }

    /** The library's next message to this member goes over a new connection. */
    public void reconnect(String member) {
        server.getServerRpc()
                .handleException(RaftPeerId.valueOf(member), new IOException(member + " was not reached"), true);
    }

    // ---- requests

    /** Begins the group, with an empty log; returns when it is there. */
    public void begin(RaftGroup first) throws IOException {
        try {
            RaftClientReply reply = server.groupManagementAsync(
                            GroupManagementRequest.newAdd(client, id(), calls.incrementAndGet(), first, true))
                    .get();
            if (!reply.isSuccess()) {
                throw new IOException("the shared log can't be begun", reply.getException());
            }
        } catch (ExecutionException e) {
            throw new IOException("the shared log can't be begun", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the node closes", e);
        }
    }

    /** Adds an entry to the log. It must not be changed any more. */
    public CompletableFuture<RaftClientReply> write(ByteBuffer entry) throws IOException {
        return server.submitClientRequestAsync(RaftClientRequest.newBuilder()
                .setClientId(client)
                .setServerId(id())
                .setGroupId(group)
                .setCallId(calls.incrementAndGet())
                .setType(RaftClientRequest.writeRequestType())
                .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)))
                .build());
    }

    /** Changes the members. */
    public CompletableFuture<RaftClientReply> change(SetConfigurationRequest.Arguments members) throws IOException {
        return server.setConfigurationAsync(
                new SetConfigurationRequest(client, id(), group, calls.incrementAndGet(), members));
    }

    /** Asks the state machine up to where its snapshots cover the log, and cuts it. */
    public CompletableFuture<RaftClientReply> cut(long timeoutMs) throws IOException {
        return server.snapshotManagementAsync(
                SnapshotManagementRequest.newCreate(client, id(), group, calls.incrementAndGet(), timeoutMs));
    }

    /**
     * Has another member lead; waits for it.
     *
     * @return what went wrong; empty when it leads
     */
    public String transfer(RaftPeerId to, long timeoutMs) throws IOException {
        try {
            RaftClientReply reply = server.transferLeadershipAsync(
                            new TransferLeadershipRequest(client, id(), group, calls.incrementAndGet(), to, timeoutMs))
                    .get(timeoutMs + ANSWER_MS_MAX, TimeUnit.MILLISECONDS);
            return reply.isSuccess() ? "" : String.valueOf(reply.getException());
        } catch (ExecutionException | TimeoutException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /**
     * Ends the library. Not for longer than that: it (3.3.0) can wait for itself. Its log is closed under a lock that the thread which clears the log's cache waits for, and the closing
     * one waits for that thread. Nothing is left to be done then: what counts was forced, and is handed on no more.
     *
     * @param failed told when its thread fails
     */
    public void close(Consumer<Throwable> failed) throws IOException {
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        Threads.daemon(
                        "telpher-raft-close",
                        () -> {
                            try {
                                server.close();
                                closed.complete(true);
                            } catch (IOException | RuntimeException e) {
                                closed.completeExceptionally(e);
                            }
                        },
                        failed)
                .start();
        try {
            closed.get(CLOSE_MS_MAX, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.info("the library of the shared log does not end within {} ms, and is left behind", CLOSE_MS_MAX);
        } catch (ExecutionException e) {
            throw new IOException("the shared log can't be closed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
