package io.telpher.broker.cluster;

import io.telpher.broker.cluster.keeping.CommitIndex;
import io.telpher.broker.cluster.keeping.CoveredPlace;
import io.telpher.broker.cluster.keeping.LogEnd;
import io.telpher.broker.cluster.keeping.RaftFolders;
import io.telpher.broker.cluster.raft.RaftDivision;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.memory.ClusterHeap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** How the Raft library is run: everything that is acknowledged is forced first, and memory has limits. */
final class RaftPlan {
    /** A payload of 16 MiB makes a batch of some more. */
    static final SizeInBytes MESSAGE_MAX = SizeInBytes.valueOf("64MB");

    /**
     * The library writes that many zeros ahead of what it writes, and forces them with it: small batches go to the disk twice, and save a change of the file's size for some of
     * their syncs. What is larger than this has as many zeros as bytes, which it replaces before they are forced: they cost a copy in memory.
     */
    private static final SizeInBytes PREALLOCATED = SizeInBytes.valueOf("64KB");

    private static final int SEGMENTS_CACHED = 2;
    private static final int PENDING_MAX = 256;
    /** A new member counts from when it is no more than that many entries behind: as much as is under way anyhow. */
    private static final int CATCH_UP_GAP = 64;

    private static final long RETRY_CACHE_SECONDS = 5;
    private static final long FREE_SPACE_MIN = 64L << 20;

    /** Of the library's failure, whose cause has one of many types. */
    private static final String READING_FAILED = "Failed to initRaftLog";

    private RaftPlan() {}

    /** @throws JournalException when what this node has said it keeps is not there */
    static void requireLog(Path directory, NodeFile node, boolean hasLog, CoveredPlace covered, long sequence) {
        if (node.isFormed() && !hasLog) {
            throw new JournalException("TQ-5004 node " + node.node() + " has taken part in the cluster " + node.name()
                    + ", and " + directory.resolve("raft")
                    + " is gone: it would vote as if it knew nothing. Restore all of "
                    + directory + " from this node's own disk; a copy of an earlier day is not enough");
        }
        if (sequence < covered.sequence()) {
            throw new JournalException("TQ-5005 the journal in " + directory + " ends at record " + sequence
                    + ", and the shared log was cut at record " + covered.sequence()
                    + ": what lies between is not here. Restore all of " + directory + " from this node's own disk");
        }
    }

    /** @throws JournalException when an entry that was committed is damaged or gone */
    static void settleLog(
            RaftFolders folders, CommitIndex committed, CoveredPlace covered, Path directory, NodeFile node) {
        try {
            LogEnd.settle(folders.current(), committed.last(), covered.place().index());
        } catch (IOException e) {
            throw unreadable(directory, node, String.valueOf(e.getMessage()), e);
        }
    }

    /** @throws JournalException when what the shared log holds can't be read */
    static void start(RaftDivision raft, Path directory, NodeFile node) throws IOException {
        try {
            raft.start();
        } catch (IOException | RuntimeException e) {
            for (Throwable cause = e; cause.getCause() != null; cause = cause.getCause()) {
                if (String.valueOf(cause.getMessage()).contains(READING_FAILED)) {
                    throw unreadable(directory, node, String.valueOf(cause.getCause()), e);
                }
            }
            throw e;
        }
    }

    private static JournalException unreadable(Path directory, NodeFile node, String why, Throwable cause) {
        return new JournalException(
                "TQ-5040 the shared log in " + directory.resolve("raft") + " can't be read: " + why
                        + ". What it holds may have counted, so this node must not go on without it."
                        + " If its files are damaged, empty the directory, and run tq cluster replace " + node.node(),
                cause);
    }

    static RaftProperties properties(ClusterSettings settings, Path storage, Parameters parameters) {
        RaftProperties all = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(all, List.of(storage.toFile()));
        RaftServerConfigKeys.setRemovedGroupsDir(all, storage.resolve("removed").toFile());
        RaftServerConfigKeys.setStorageFreeSpaceMin(all, SizeInBytes.valueOf(FREE_SPACE_MIN));
        RaftConfigKeys.Rpc.setType(all, SupportedRpcType.GRPC);
        link(all, settings, parameters);
        log(all, ClusterHeap.ofProcess());
        elections(all, settings);
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(all, false);
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(all, false);
        RaftServerConfigKeys.Snapshot.setCreationGap(all, 1);
        RaftServerConfigKeys.RetryCache.setExpiryTime(all, TimeDuration.valueOf(RETRY_CACHE_SECONDS, TimeUnit.SECONDS));
        RaftServerConfigKeys.setStagingCatchupGap(all, CATCH_UP_GAP);
        RaftServerConfigKeys.Write.setElementLimit(all, PENDING_MAX);
        RaftServerConfigKeys.Write.setByteLimit(all, MESSAGE_MAX);
        return all;
    }

    private static void link(RaftProperties all, ClusterSettings settings, Parameters parameters) {
        GrpcConfigKeys.Server.setHost(all, settings.bind().getHostString());
        GrpcConfigKeys.Server.setPort(all, settings.bind().getPort());
        GrpcConfigKeys.setMessageSizeMax(all, MESSAGE_MAX);
        GrpcConfigKeys.setFlowControlWindow(all, SizeInBytes.valueOf("16MB"));
        ClusterSettings.Tls tls = settings.tls();
        if (tls != null) {
            GrpcTlsConfig mutual = new GrpcTlsConfig(
                    tls.key().toFile(),
                    tls.certificate().toFile(),
                    tls.authorities().toFile(),
                    true);
            GrpcConfigKeys.TLS.setConf(parameters, mutual);
        }
    }

    private static void log(RaftProperties all, ClusterHeap heap) {
        SizeInBytes segment = SizeInBytes.valueOf(heap.segmentBytes());
        RaftServerConfigKeys.Log.setSegmentSizeMax(all, segment);
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(all, SEGMENTS_CACHED);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(all, segment);
        RaftServerConfigKeys.Log.setPreallocatedSize(all, PREALLOCATED);
        RaftServerConfigKeys.Log.setWriteBufferSize(all, MESSAGE_MAX);
        RaftServerConfigKeys.Log.setQueueByteLimit(all, SizeInBytes.valueOf(ClusterHeap.MESSAGE_BYTES));
        RaftServerConfigKeys.Log.setLogMetadataEnabled(all, false);
        // Neither is on by default; both would acknowledge what is not on the disk.
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(all, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(all, false);
        // Only what every member has: one that was away for long finds what it missed.
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(all, false);
        RaftServerConfigKeys.Log.setPurgeGap(all, 1);
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(all, SizeInBytes.valueOf(ClusterHeap.MESSAGE_BYTES));
        RaftServerConfigKeys.Log.Appender.setBufferElementLimit(all, heap.entriesMax());
        GrpcConfigKeys.Server.setLeaderOutstandingAppendsMax(all, heap.requestsMax());
        RaftServerConfigKeys.Log.Appender.setWaitTimeMin(all, TimeDuration.ZERO);
        RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(all, false);
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(all, "1ms,10, 200ms,100000");
    }

    private static void elections(RaftProperties all, ClusterSettings settings) {
        TimeDuration least = of(settings.electionMin());
        TimeDuration most = of(settings.electionMax());
        RaftServerConfigKeys.Rpc.setTimeoutMin(all, least);
        RaftServerConfigKeys.Rpc.setTimeoutMax(all, most);
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(all, least);
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(all, most);
        RaftServerConfigKeys.LeaderElection.setPreVote(all, true);
        // A leader that lost its majority lets the others go first, for one election. The library's ten seconds are for
        // clusters where another one can be elected: of three with one away, the one that led has the longer log, and
        // none leads until it stands again.
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(all, most);
    }

    private static TimeDuration of(Duration duration) {
        return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
    }
}
