package io.telpher.broker;

import io.telpher.broker.cluster.ClusterSettings;
import io.telpher.broker.cluster.RaftNode;
import io.telpher.broker.core.Partition;
import io.telpher.broker.core.command.Outbox;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.core.state.Placement;
import io.telpher.broker.core.state.QueueCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.ChronicleJournal;
import io.telpher.broker.journal.ClosedJournal;
import io.telpher.broker.journal.JournalOptions;
import io.telpher.broker.journal.JournalStart;
import io.telpher.broker.journal.Log;
import io.telpher.broker.journal.ReadObserver;
import io.telpher.broker.journal.SyncObserver;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.broker.memory.HeapBudget;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.history.HistoryReplayPlan;
import io.telpher.broker.partition.query.RecentSyncs;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.routing.PolicyCommands;
import io.telpher.broker.partition.run.ClientShares;
import io.telpher.broker.partition.salvage.PartitionLayout;
import io.telpher.broker.partition.snapshot.Recovery;
import io.telpher.broker.partition.snapshot.SnapshotPlan;
import io.telpher.broker.partition.snapshot.SnapshotPolicy;
import io.telpher.broker.partition.snapshot.SnapshotStore;
import io.telpher.broker.partition.snapshot.StartProgress;
import io.telpher.broker.partition.time.BrokerClock;
import io.telpher.broker.thread.Chore;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.record.NewTerm;
import io.telpher.protocol.record.SetQueueLimits;
import io.telpher.protocol.record.SetRetainedBytes;
import io.telpher.protocol.record.SetRetention;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One partition with what is its own: journal, snapshots, thread. First {@link #recover}, then {@link #begin}. */
final class RunningPartition {
    private static final Logger LOG = LoggerFactory.getLogger(RunningPartition.class);

    private final Path directory;
    private final Placement placement;
    private final SnapshotStore snapshots;
    private final Recovery recovery;
    private final ChronicleJournal journal;
    private final RecentSyncs syncs;
    private final AtomicReference<PartitionAgent> agent;
    /** The one that begins here, when this machine is alone: of the journal's run, but for data that were a node's, whose leaderships were counted by terms. */
    private final long epoch;

    private @Nullable AgreedLog agreed;
    /** Null on a node, where a policy is the cluster's, not this machine's. */
    private @Nullable AppliedPolicies policies;

    /**
     * What the partitions of a broker have together.
     *
     * @param lookBacks the thread that replays the journal for histories
     * @param transitions told of each task's, on the partition's thread
     * @param failed told why a partition can't go on
     */
    record Shared(
            BrokerConfig config,
            BrokerClock clock,
            HeapBudget heap,
            ExecutorService lookBacks,
            ClientShares shares,
            TransitionListener transitions,
            Consumer<Throwable> failed) {}

    private RunningPartition(
            Path directory,
            Placement placement,
            SnapshotStore snapshots,
            Recovery recovery,
            ChronicleJournal journal,
            RecentSyncs syncs,
            AtomicReference<PartitionAgent> agent) {
        this.directory = directory;
        this.placement = placement;
        this.snapshots = snapshots;
        this.recovery = recovery;
        this.journal = journal;
        this.syncs = syncs;
        this.agent = agent;
        this.epoch = Math.max(journal.epoch(), recovery.partition().term() + 1);
    }

    /**
     * Brings back what its directory holds.
     *
     * @throws io.telpher.broker.journal.JournalException when the directory is in use or damaged; nothing was changed
     */
    static RunningPartition recover(
            BrokerConfig config, PartitionLayout layout, int number, StartProgress progress, SyncObserver synced)
            throws IOException {
        Path directory = layout.directory(number);
        Placement placement = layout.placement(number);
        AtomicReference<PartitionAgent> agent = new AtomicReference<>();
        SnapshotStore snapshots = new SnapshotStore(directory, placement);
        Recovery recovery = new Recovery(new Partition(placement, Outbox.DISCARD), snapshots, progress);
        // In a cluster the shared log is what is durable; this one only follows it.
        SyncPolicy sync = config.cluster() == null ? config.sync() : SyncPolicy.NONE;
        JournalOptions options = new JournalOptions(
                directory,
                sync,
                JournalOptions.FILE_BYTES_DEFAULT,
                () -> journalAdvanced(agent),
                placement.partitions());
        ChronicleJournal journal;
        try (ClosedJournal closed = ClosedJournal.take(options)) {
            progress.directoryTaken();
            JournalStart start = recovery.readSnapshot();
            closed.replay(start, recovery);
            journal = closed.open();
        }
        RecentSyncs syncs = new RecentSyncs();
        journal.onSync((nanos, records) -> {
            synced.synced(nanos, records);
            syncs.synced(nanos, records);
        });
        snapshots.removeUnfinished();
        recovery.logSummary();
        return new RunningPartition(directory, placement, snapshots, recovery, journal, syncs, agent);
    }

    private static void journalAdvanced(AtomicReference<PartitionAgent> agent) {
        PartitionAgent present = agent.get();
        if (present != null) {
            present.journalAdvanced();
        }
    }

    /** Of the last record, ms since 1970; 0 when there was none. */
    long lastStampMs() {
        return recovery.lastStampMs();
    }

    long lastWallOffsetMs() {
        return recovery.lastWallOffsetMs();
    }

    long epoch() {
        return epoch;
    }

    /** Of the last record that this machine's journal holds. */
    long lastSequence() {
        return journal.releasedSequence();
    }

    /** What goes on beside the partition's thread, whatever fails. */
    List<Chore> chores() {
        return Stream.concat(journal.chores().stream(), Stream.of(snapshots.chore()))
                .toList();
    }

    /** Its thread and its journal's, to see whether they come round; after {@link #begin}. */
    List<Watchdog.Watched> watched() {
        PartitionAgent begun = Objects.requireNonNull(agent.get(), "watched before begin");
        return List.of(
                Watchdog.Watched.of(placement.partition(), begun.cycle(), begun::stack),
                Watchdog.Watched.ofSyncs(placement.partition(), journal::syncingNanos));
    }

    /** Files of the journal that nothing needs and that are still there. */
    int unwantedFiles() {
        return journal.unwantedFiles();
    }

    /** Is told of each read of a frame; before {@link #begin}. */
    void onRead(ReadObserver observer) {
        journal.onRead(observer);
    }

    /** Makes the agent; what changes outcomes becomes a journaled command: the new term, then the policies that are new in the configuration. */
    PartitionAgent begin(Shared shared) {
        BrokerConfig config = shared.config();
        Partition partition = recovery.partition();
        PartitionAgent made = make(shared, journal);
        AppliedPolicies taken = AppliedPolicies.read(directory, journal.releasedSequence());
        policies = taken;
        made.lead(newTerm(partition, epoch, Recovery.SEMANTICS_VERSION, NewTerm.RESUME_MS));
        made.retainedBytesMax(retainedBytesMax(config.retention()));
        Retention retention = config.retention();
        if (partition.retentionMs() != retention.time().toMillis()) {
            made.applyOwn(
                    SetRetention.write(new FrameWriter(), 0, retention.time().toMillis()));
        }
        if (partition.retainedBytesMax() != retainedBytesMax(retention)) {
            made.applyOwn(SetRetainedBytes.write(new FrameWriter(), 0, retainedBytesMax(retention)));
        }
        if (!partition.queueLimits().equals(config.queueLimits())) {
            made.applyOwn(queueLimits(new FrameWriter(), config));
        }
        Map<String, QueuePolicyFields> wanted = policiesHere(config);
        Set<String> refused = new TreeSet<>();
        taken.changed(wanted).forEach((name, policy) -> {
            QueueCursor queue = partition.findQueue(name);
            QueuePolicyFields before = queue == null ? QueuePolicyFields.NOTHING : queue.ownPolicy();
            if (queue == null || !policy.over(before).equals(before)) {
                made.applyOwn(PutQueue.write(new FrameWriter(), 0, name, policy));
                QueueCursor after = partition.findQueue(name);
                if (after == null || !policy.over(after.ownPolicy()).equals(after.ownPolicy())) {
                    Problem problem = policy.over(before).problem();
                    refused.add(name);
                    LOG.error(
                            "TQ-1024 not in effect: queues.{}: {}",
                            name,
                            problem == null ? "the limit of limits.max_queues is reached" : problem.message());
                }
            }
        });
        taken.taken(wanted, refused, journal.releasedSequence());
        return made;
    }

    /** Queue policies of a configuration that this partition keeps, by name. */
    private Map<String, QueuePolicyFields> policiesHere(BrokerConfig config) {
        Map<String, QueuePolicyFields> here = new TreeMap<>(config.queues());
        here.keySet().removeIf(name -> !placement.keepsPolicyOf(name));
        return here;
    }

    /**
     * Makes the agent of a node: what other machines lead is applied from here on.
     *
     * @param node proposes what this machine leads with; started by this
     */
    PartitionAgent follow(Shared shared, RaftNode node, Leading leading) {
        BrokerConfig config = shared.config();
        Partition partition = recovery.partition();
        AgreedLog log = new AgreedLog(
                placement.partition(),
                journal,
                partition::term,
                partition::semanticsVersion,
                Partition::knowsSemantics,
                node,
                () -> journalAdvanced(agent));
        PartitionAgent made = make(shared, log);
        made.retainedBytesMax(retainedBytesMax(config.retention()));
        made.follow(log, leading.of(made, epoch -> firstRecords(config, partition, epoch, node)));
        node.hashesBy(made::hashState);
        agreed = log;
        return made;
    }

    /** What is agreed on, of a node; after {@link #follow}. */
    AgreedLog agreed() {
        return Objects.requireNonNull(agreed, "agreed before follow");
    }

    /** NEW_TERM; in a new cluster what its configuration says, too, which later only a reload changes. */
    private List<FrameWriter> firstRecords(BrokerConfig config, Partition partition, long epoch, RaftNode node) {
        List<FrameWriter> first = new ArrayList<>();
        boolean isNew = !partition.hasHashKey();
        ClusterSettings cluster = Objects.requireNonNull(config.cluster());
        first.add(newTerm(
                partition,
                epoch,
                node.semantics(partition.semanticsVersion()),
                Math.toIntExact(cluster.leaseResume().toMillis())));
        if (isNew) {
            Retention retention = config.retention();
            first.add(SetRetention.write(new FrameWriter(), 0, retention.time().toMillis()));
            first.add(SetRetainedBytes.write(new FrameWriter(), 0, retainedBytesMax(retention)));
            first.add(queueLimits(new FrameWriter(), config));
            new TreeMap<>(config.queues())
                    .forEach((name, policy) -> first.add(PutQueue.write(new FrameWriter(), 0, name, policy)));
        }
        return first;
    }

    private PartitionAgent make(Shared shared, Log log) {
        BrokerClock clock = shared.clock();
        PartitionAgent made = new PartitionAgent(new Parts(
                recovery.partition(),
                log,
                journal,
                new Parts.Time(clock, clock, System::nanoTime, LockSupport::parkNanos),
                new Parts.Upkeep(
                        new SnapshotPlan(
                                snapshots,
                                shared.config().cluster() == null
                                        ? SnapshotPolicy.DEFAULT.sharedBy(placement.partitions())
                                        : SnapshotPolicy.OF_NODE,
                                recovery,
                                () -> journalAdvanced(agent)),
                        snapshots::oldestFile,
                        new HistoryReplayPlan(directory, snapshots, shared.lookBacks(), () -> journalAdvanced(agent)),
                        directory.resolve("replays")),
                new Parts.Room(
                        shared.shares(), shared.heap(), shared.config().limits().payloadBytesMax()),
                new Parts.Observers(shared.failed(), shared.transitions(), syncs)));
        agent.set(made);
        return made;
    }

    private static FrameWriter queueLimits(FrameWriter out, BrokerConfig config) {
        QueueLimits limits = config.queueLimits();
        return SetQueueLimits.write(out, 0, limits.queuesMax(), limits.perMakerMax(), limits.idleTtlMs());
    }

    /**
     * With the secret of the hashes, when the data directory is new. No ids are left out: nothing that was confirmed is missing.
     *
     * @param semantics version by whose rules the broker decides from here on
     * @param resumeMs see {@link NewTerm#resumeMs}
     */
    static FrameWriter newTerm(Partition partition, long epoch, int semantics, int resumeMs) {
        boolean isNew = !partition.hasHashKey();
        SecureRandom random = new SecureRandom();
        long key0 = isNew ? random.nextLong() : 0;
        long key1 = isNew ? random.nextLong() : 0;
        return NewTerm.write(new FrameWriter(), 0, epoch, semantics, 0, key0, key1, resumeMs);
    }

    /** A limit of the whole broker: each partition keeps to its share, whatever the others leave of theirs. */
    private long retainedBytesMax(Retention retention) {
        long bytes = retention.bytes();
        return bytes == 0 ? 0 : Math.max(1, bytes / placement.partitions());
    }

    /**
     * Any thread, after {@link #begin}.
     *
     * @return by queue why its policy was refused; never completes when the partition can't go on
     */
    CompletableFuture<Map<String, String>> reload(BrokerConfig wanted) {
        PartitionAgent begun = Objects.requireNonNull(agent.get(), "reload before begin");
        begun.retainedBytesMax(retainedBytesMax(wanted.retention()));
        PolicyCommands commands = new PolicyCommands(begun);
        SetRetention.write(commands.frames(), 0, wanted.retention().time().toMillis());
        SetRetainedBytes.write(commands.frames(), 0, retainedBytesMax(wanted.retention()));
        queueLimits(commands.frames(), wanted);
        Map<String, QueuePolicyFields> here = policiesHere(wanted);
        (policies == null ? here : policies.changed(here)).forEach(commands::put);
        return commands.send();
    }

    /**
     * What a reload wanted holds now. Any thread, after {@link #reload} was answered.
     *
     * @param refused by queue why its policy was refused
     */
    void reloaded(BrokerConfig wanted, Map<String, String> refused) {
        if (policies != null) {
            policies.taken(policiesHere(wanted), refused.keySet(), journal.releasedSequence());
        }
    }

    /** After the agent's thread has ended, or before it was begun. */
    void close() {
        journal.close();
    }
}
