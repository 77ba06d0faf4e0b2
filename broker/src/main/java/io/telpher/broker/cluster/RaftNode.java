package io.telpher.broker.cluster;

import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.AgreedLog.Place;
import io.telpher.broker.thread.Chore;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This machine's part in the agreement: one Raft group for the whole broker, each entry of which is a batch of a partition. Raft's log is what is made durable; the partition's
 * own journal only follows it.
 *
 * <p>An entry without a batch is the broker's own: {@link #BARRIER} or what a new leader says of itself.
 */
public final class RaftNode implements AgreedLog.Agreement, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);

    /** In the place of a partition's number. */
    private static final int ADVERTISES = -1;

    private static final int BARRIER = -2;

    /** Not of any leadership. */
    private static final long NO_MANDATE = -1;

    private static final long LOOK_MS = 250;
    /** A leader that was told so and can't serve tries again after this number of looks. */
    private static final int LOOKS_IDLE_MAX = 4;

    private static final long SNAPSHOT_MS_MAX = 60_000;

    private record Proposal(long mandate, ByteBuffer entry) {}

    private final ClusterSettings settings;
    private final Path directory;
    private final Consumer<Throwable> failed;
    private final RaftGroupId group;
    private final RaftServer server;
    private final BatchStateMachine machine;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();
    private final BlockingQueue<Proposal> proposals = new LinkedBlockingQueue<>();
    private final Map<String, String> advertised = new ConcurrentHashMap<>();
    private final ScheduledExecutorService watch;
    private final Thread submitter;
    private final Chore watching = new Chore("watching-the-cluster", "TQ-5020 looking after the cluster failed");
    private volatile NodeFile node;
    private volatile @Nullable AgreedLog log;
    private volatile boolean stopping;
    private volatile String ownAddress = "";
    private volatile String lastLeader = "";
    private final AtomicLong leaderChanges = new AtomicLong();
    private volatile long leaderSeenNanos = System.nanoTime();
    private int idleLooks;

    /**
     * Not started yet.
     *
     * @param sequence of the last record that this machine's journal holds
     * @param failed told when it can't go on; the process must end at once then
     * @throws io.telpher.broker.journal.JournalException when the directory is no node's, or another's
     */
    public RaftNode(ClusterSettings settings, Path directory, long sequence, Consumer<Throwable> failed)
            throws IOException {
        this.settings = settings;
        this.directory = directory;
        this.failed = failed;
        this.node = NodeFile.read(directory, settings);
        CoveredPlace covered = CoveredPlace.read(directory);
        Path storage = directory.resolve("raft");
        this.group = RaftGroupId.valueOf(node.cluster());
        boolean hasLog = storage.resolve(node.cluster().toString()).toFile().isDirectory();
        RaftPlan.requireLog(directory, node, hasLog, covered, sequence);
        this.machine = new BatchStateMachine(this, covered.place());
        Parameters parameters = new Parameters();
        List<RaftPeer> peers = new ArrayList<>();
        new TreeMap<>(settings.nodes())
                .forEach((id, address) -> peers.add(
                        RaftPeer.newBuilder().setId(id).setAddress(address).build()));
        this.server = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(settings.node()))
                .setProperties(RaftPlan.properties(settings, storage, parameters))
                .setParameters(parameters)
                .setStateMachineRegistry(id -> machine)
                .setGroup(RaftGroup.valueOf(group, peers))
                .setOption(hasLog ? StartupOption.RECOVER : StartupOption.FORMAT)
                .build();
        this.submitter = Threads.daemon("telpher-raft-submit", this::submitAll, failed);
        this.watch = Executors.newSingleThreadScheduledExecutor(Threads.daemons("telpher-raft-watch", failed));
    }

    /** @param port of the binary protocol here, which clients are told when {@code advertise} says nothing else; before {@link #start} */
    public void advertises(int port) {
        String configured = settings.advertise();
        ownAddress = configured.isEmpty() ? settings.bind().getHostString() + ":" + port : configured;
    }

    /** @param agreed gets what is agreed on from here on */
    public void start(AgreedLog agreed) throws IOException {
        log = agreed;
        server.start();
        if (!node.isFormed()) {
            form(); // it may vote from here on
        }
        submitter.start();
        watch.scheduleWithFixedDelay(Threads.retried(watching, this::look), LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    }

    /** What goes on beside, whatever fails. */
    public List<Chore> chores() {
        return List.of(watching);
    }

    // ---- proposing

    @Override
    public void propose(long mandate, ByteBuffer entry) {
        proposals.add(new Proposal(mandate, entry));
    }

    @Override
    public void resign() {
        proposals.add(new Proposal(NO_MANDATE, own(BARRIER, "")));
    }

    private static ByteBuffer own(int kind, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Integer.BYTES + bytes.length)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt(kind)
                .put(bytes)
                .flip();
    }

    /** One thread: what is handed over first is first in the log. */
    private void submitAll() {
        try {
            while (!stopping) {
                submit(proposals.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the node closes
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    private void submit(Proposal proposal) throws IOException {
        AgreedLog present = log;
        if (present == null || proposal.mandate != NO_MANDATE && !present.isLeading(proposal.mandate)) {
            return; // its leader was deposed meanwhile
        }
        server.submitClientRequestAsync(RaftClientRequest.newBuilder()
                        .setClientId(client)
                        .setServerId(server.getId())
                        .setGroupId(group)
                        .setCallId(calls.incrementAndGet())
                        .setType(RaftClientRequest.writeRequestType())
                        .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(proposal.entry)))
                        .build())
                .whenComplete((reply, error) -> answered(proposal, reply, error));
    }

    private void answered(Proposal proposal, @Nullable RaftClientReply reply, @Nullable Throwable error) {
        if (error == null && reply != null && reply.isSuccess()) {
            return;
        }
        if (proposal.mandate != NO_MANDATE && log != null && log.isLeading(proposal.mandate)) {
            LOG.info("TQ-5011 this node leads no more: {}", error != null ? error : reply);
            log.deposed();
        }
    }

    // ---- what the state machine tells, on its thread

    /** The next entry of the log. */
    void applied(Place place, ByteString data) {
        ByteBuffer entry = data.asReadOnlyByteBuffer();
        AgreedLog present = log;
        if (present == null || entry.remaining() < Integer.BYTES) {
            throw new IllegalStateException("an entry of " + entry.remaining() + " bytes at " + place);
        }
        try {
            int kind = AgreedLog.partitionOf(entry);
            if (kind >= 0) {
                present.agreed(place, entry);
            } else if (kind == ADVERTISES) {
                String text = StandardCharsets.UTF_8
                        .decode(entry.position(entry.position() + Integer.BYTES))
                        .toString();
                int space = text.indexOf(' ');
                advertised.put(text.substring(0, space), text.substring(space + 1));
            } else if (info().isLeaderReady() && !present.isLeading()) {
                present.elected(place.term());
            }
        } catch (InterruptedException e) {
            interrupted(e);
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    private void form() {
        try {
            NodeFile formed = node.formed();
            formed.write(directory);
            node = formed;
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    /** This machine was elected, and everything agreed on before was {@link #applied}. */
    void ready() {
        AgreedLog present = log;
        if (present == null || stopping) {
            return;
        }
        try {
            present.elected(info().getCurrentTerm());
            proposals.add(new Proposal(NO_MANDATE, own(ADVERTISES, settings.node() + " " + ownAddress)));
        } catch (InterruptedException e) {
            interrupted(e);
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    /** At the end what is not taken any more is read again by the next start. */
    private void interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        if (!stopping) {
            failed.accept(e);
        }
    }

    /** @param leader empty = none is known */
    synchronized void leaderChanged(String leader) {
        if (!leader.isEmpty() && !leader.equals(lastLeader)) {
            lastLeader = leader;
            leaderChanges.incrementAndGet();
            LOG.info("TQ-5012 node {} leads the cluster {}", leader, settings.name());
        }
        if (!leader.equals(settings.node())) {
            notLeader();
        }
    }

    void notLeader() {
        AgreedLog present = log;
        if (present != null) {
            present.deposed();
        }
    }

    /** The shared log can't be written: what this node said it has may not be there. */
    void logFailed(Throwable cause) {
        failed.accept(cause);
    }

    // ---- looking after it

    /** Whether what this machine believes of its role is still so: notices can come late, or not at all. */
    private void look() {
        AgreedLog present = log;
        if (present == null || stopping) {
            return;
        }
        try {
            DivisionInfo info = info();
            if (info.getLeaderId() != null) {
                leaderSeenNanos = System.nanoTime();
            }
            boolean isReady = info.isLeader() && info.isLeaderReady();
            if (!info.isLeader() && present.isLeading()) {
                present.deposed();
            }
            idleLooks = isReady && !present.isLeading() ? idleLooks + 1 : 0;
            if (idleLooks >= LOOKS_IDLE_MAX) {
                idleLooks = 0;
                resign();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A snapshot holds everything up to there: the shared log may be cut. Any thread. */
    public void covered(Place place, long sequence) {
        if (place.index() < 0 || stopping) {
            return;
        }
        watch.execute(() -> cut(place, sequence));
    }

    private void cut(Place place, long sequence) {
        try {
            new CoveredPlace(place, sequence).write(directory);
            machine.covered(place);
            server.snapshotManagementAsync(SnapshotManagementRequest.newCreate(
                            client, server.getId(), group, calls.incrementAndGet(), SNAPSHOT_MS_MAX))
                    .whenComplete((reply, error) -> {
                        if (error != null || !reply.isSuccess()) {
                            LOG.info("the shared log was not cut this time: {}", error != null ? error : reply);
                        }
                    });
        } catch (IOException e) {
            watching.failed(e);
        }
    }

    // ---- what others ask

    private DivisionInfo info() throws IOException {
        return server.getDivision(group).getInfo();
    }

    /** Of this moment. Any thread. */
    public ClusterStatus status() throws IOException {
        RaftServer.Division division = server.getDivision(group);
        DivisionInfo info = division.getInfo();
        RaftPeerId leader = info.getLeaderId();
        List<ClusterStatus.Node> nodes = new ArrayList<>();
        Map<String, Long> commits = new TreeMap<>();
        for (CommitInfoProto each : division.getCommitInfos()) {
            commits.put(each.getServer().getId().toStringUtf8(), each.getCommitIndex());
        }
        long[] matches = info.isLeader() ? info.getFollowerMatchIndices() : new long[0];
        for (RaftPeer peer : division.getRaftConf().getAllPeers()) {
            String id = peer.getId().toString();
            nodes.add(new ClusterStatus.Node(
                    id,
                    peer.getAddress(),
                    peer.getId().equals(leader),
                    commits.getOrDefault(id, -1L),
                    advertised.getOrDefault(id, "")));
        }
        AgreedLog present = log;
        return new ClusterStatus(
                settings.name(),
                node.cluster().toString(),
                settings.node(),
                leader == null ? "" : leader.toString(),
                info.getCurrentRole().name().toLowerCase(java.util.Locale.ROOT),
                info.getCurrentTerm(),
                info.getLastAppliedIndex(),
                leaderChanges.get(),
                present == null ? 0 : present.voidBatches(),
                leader == null ? TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - leaderSeenNanos) : 0,
                matches.length,
                nodes);
    }

    /** {@code host:port} of the binary protocol of the one that leads; empty when that is not known. Any thread. */
    public String leaderAddress() {
        try {
            RaftPeerId leader = info().getLeaderId();
            return leader == null ? "" : advertised.getOrDefault(leader.toString(), "");
        } catch (IOException e) {
            return "";
        }
    }

    /** The id of the one that leads; empty when none is known. Any thread. */
    public String leader() {
        try {
            RaftPeerId leader = info().getLeaderId();
            return leader == null ? "" : leader.toString();
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * Has another node lead; waits for it.
     *
     * @param to its id; empty = any that is up to date
     * @return what went wrong; empty when it leads
     */
    public String transfer(String to, long timeoutMs) {
        try {
            DivisionInfo info = info();
            if (!info.isLeader()) {
                return "this node does not lead; ask node " + leader();
            }
            RaftPeerId target = to.isEmpty() ? mostCurrent() : RaftPeerId.valueOf(to);
            if (target == null) {
                return "no other node is there";
            }
            RaftClientReply reply = server.transferLeadershipAsync(new TransferLeadershipRequest(
                            client, server.getId(), group, calls.incrementAndGet(), target, timeoutMs))
                    .get(timeoutMs + LOOK_MS, TimeUnit.MILLISECONDS);
            return reply.isSuccess() ? "" : String.valueOf(reply.getException());
        } catch (IOException | java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private @Nullable RaftPeerId mostCurrent() throws IOException {
        RaftServer.Division division = server.getDivision(group);
        RaftPeerId best = null;
        long most = -1;
        for (CommitInfoProto each : division.getCommitInfos()) {
            RaftPeerId id = RaftPeerId.valueOf(each.getServer().getId());
            if (!id.equals(server.getId()) && each.getCommitIndex() > most) {
                most = each.getCommitIndex();
                best = id;
            }
        }
        return best;
    }

    /** Takes no further part. What was proposed and is not agreed on is left to the others. */
    @Override
    public void close() throws IOException {
        stopping = true;
        notLeader();
        watch.shutdownNow();
        submitter.interrupt();
        machine.closing();
        server.close();
    }
}
