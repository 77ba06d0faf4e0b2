package io.telpher.broker.cluster;

import io.telpher.broker.cluster.keeping.RaftFolders;
import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/** Hands on what Raft has agreed on, in its order. It has no state of its own: its snapshots are the partition's, of which only the place is told. */
final class BatchStateMachine extends BaseStateMachine {
    private final RaftNode node;
    private final RaftFolders folders;
    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
    private volatile Place covered;
    private volatile Place toBeCovered;
    private volatile long cutIndex;
    private volatile boolean closes;

    /** @param covered up to where this machine's own files hold everything */
    BatchStateMachine(RaftNode node, RaftFolders folders, Place covered) {
        this.node = node;
        this.folders = folders;
        this.covered = covered;
        this.toBeCovered = covered;
        this.cutIndex = covered.index();
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage raftStorage) throws IOException {
        getLifeCycle().startAndTransition(() -> {
            super.initialize(server, groupId, raftStorage);
            storage.init(raftStorage);
            if (covered.index() >= 0) {
                setLastAppliedTermIndex(TermIndex.valueOf(covered.term(), covered.index()));
            }
        });
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return storage;
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        Place present = covered;
        return present.index() < 0 ? null : new FileListSnapshotInfo(List.of(), present.term(), present.index());
    }

    /** The library is to be asked for a snapshot then: it takes none, and cuts nothing, where the last one covers all that was applied. */
    void covered(Place place, long cutTo) {
        toBeCovered = place;
        cutIndex = cutTo;
    }

    /** Up to where the log may be cut. */
    @Override
    public long takeSnapshot() {
        covered = toBeCovered;
        return cutIndex;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        if (!closes) {
            ByteString data = transaction.getStateMachineLogEntry().getLogData();
            node.agreed(entry.getIndex(), data); // before it counts as applied, which is not done yet
            updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
            node.applied(new Place(entry.getTerm(), entry.getIndex()), data);
        }
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    void closing() {
        closes = true;
    }

    /** Raft's library is about to force what it wrote to its log, which counts from then on. Its data are none of this. */
    @Override
    public CompletableFuture<Void> flush(long index) {
        try {
            folders.forceChanges();
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Raft's library tells entries in its own log when something fails: their payloads are none of a log's. */
    @Override
    public String toStateMachineLogEntryString(StateMachineLogEntryProto entry) {
        return shown(entry);
    }

    static String shown(StateMachineLogEntryProto entry) {
        return entry.getLogData().size() + " bytes";
    }

    @Override
    public void pause() {
        getLifeCycle().transition(org.apache.ratis.util.LifeCycle.State.PAUSING);
        getLifeCycle().transition(org.apache.ratis.util.LifeCycle.State.PAUSED);
    }

    @Override
    public void notifyLeaderReady() {
        node.ready();
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        node.notLeader();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, @Nullable RaftPeerId leader) {
        node.leaderChanged(leader == null ? "" : leader.toString());
    }

    /** This machine was away for so long that the others have cut what it needs next. */
    @Override
    public CompletableFuture<TermIndex> notifyInstallSnapshotFromLeader(RoleInfoProto role, TermIndex firstThere) {
        node.behind(firstThere.getIndex());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void notifyServerShutdown(RoleInfoProto role, boolean allServers) {
        node.dismissed();
    }

    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        node.logFailed(cause);
    }
}
