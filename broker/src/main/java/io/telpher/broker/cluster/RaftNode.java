package io.telpher.broker.cluster;

import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.cluster.freshness.LeaderSigns;
import io.telpher.broker.cluster.keeping.CommitIndex;
import io.telpher.broker.cluster.keeping.CoveredPlace;
import io.telpher.broker.cluster.keeping.LogCut;
import io.telpher.broker.cluster.keeping.RaftFolders;
import io.telpher.broker.cluster.raft.RaftDivision;
import io.telpher.broker.journal.AgreedLog;
import io.telpher.broker.journal.AgreedLog.Place;
import io.telpher.broker.journal.JournalException;
import io.telpher.broker.thread.Chore;
import io.telpher.broker.thread.Threads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This machine's part in the agreement: one Raft group for the whole broker, each entry of which is a batch of a partition. Raft's log is what is made durable; the partition's
 * own journal only follows it.
 *
 * <p>An entry without a batch is the broker's own: {@link #BARRIER}, what a new leader says of itself, or that the log is not to be cut for a while.
 */
public final class RaftNode implements AgreedLog.Agreement, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);

    /** In the place of a partition's number. */
    private static final int ADVERTISES = -1;

    private static final int BARRIER = -2;

    /** From here on no node cuts the log for some time, which a new one needs from here on. */
    private static final int PINNED = -3;

    /** Here all nodes take the hash of their state, see {@link StateChecks}. A version that does not know it takes it for a {@link #BARRIER}. */
    private static final int CHECKED = -4;

    /** Of one question of a new member: it asks again while it copies, and once more before it joins. */
    private static final long PIN_MS = 3_600_000;

    /** Not of any leadership. */
    private static final long NO_MANDATE = -1;

    /** Some 30 submits of 2 KiB, or 1,000 acks. Without it a thousand submits a second were a thousand batches a second, whose costs three nodes on two processors just bore. */
    private static final int BATCH_BYTES_MIN = 64 << 10;

    private static final long LOOK_MS = 250;
    private static final long REPORT_MS = 1_000;
    private static final long PROVE_AGAIN_MS = 20;
    /** A leader that was told so and can't serve tries again after this number of looks. */
    private static final int LOOKS_IDLE_MAX = 4;

    private record Proposal(long mandate, ByteBuffer entry) {}

    private final ClusterSettings settings;
    private final Path directory;
    private final Consumer<Throwable> failed;
    private final RaftDivision raft;
    private final BatchStateMachine machine;
    private final BlockingQueue<Proposal> proposals = new LinkedBlockingQueue<>();
    private final ScheduledExecutorService watch;
    private final Thread submitter;
    private final Membership membership;
    private final NewMembers newMembers;
    private final NodeLinks links;
    private final LeaderRequests requests;
    private final NodeView view;
    private final StateChecks checks;
    private final LeaderProof proof;
    private final Upgrade upgrade = new Upgrade(this::resign);
    private final LeaderSigns signs = new LeaderSigns();
    private final Chore watching = new Chore("watching-the-cluster", "TQ-5020 looking after the cluster failed");
    private final Chore asking = new Chore("asking-nodes", "TQ-5020 asking the other nodes failed");
    private final CommitIndex committed;
    private final OwnFile own;
    private final Bootstrap bootstrap;
    private final LogCut cut;
    /** It may vote from its start on; otherwise the founders are asked first. */
    private final boolean isLetIn;

    private volatile @Nullable AgreedLog log;
    private volatile boolean isStarted;
    private volatile boolean stopping;
    private volatile String ownAddress = "";
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
        NodeFile node = NodeFile.read(directory, settings);
        this.own = new OwnFile(directory, node);
        CoveredPlace covered = CoveredPlace.read(directory);
        Path storage = directory.resolve("raft");
        boolean hasLog = storage.resolve(node.cluster().toString()).toFile().isDirectory();
        RaftPlan.requireLog(directory, node, hasLog, covered, sequence);
        this.isLetIn = hasLog || !Founders.mustAsk(node); // only one that was let in has ever begun a log
        if (!isLetIn) {
            own.change(NodeFile::withIncarnation);
        }
        Founders founders = new Founders(settings, directory, own, Founders.Link.of(settings));
        RaftFolders folders = new RaftFolders(storage, node.cluster().toString());
        this.committed = new CommitIndex(folders.group());
        if (hasLog) {
            RaftPlan.settleLog(folders, committed, covered, directory, node);
        }
        this.machine = new BatchStateMachine(this, folders, covered.place());
        Parameters parameters = new Parameters();
        this.links = new NodeLinks(settings);
        this.proof = new LeaderProof(links, settings.electionMin());
        this.newMembers = new NewMembers(
                this, founders, directory, node.member(), node.origin().former());
        this.checks = new StateChecks(directory, node.member(), failed);
        GrpcConfigKeys.Server.setServicesCustomizer(parameters, new NodeLink(node.member(), newMembers, folders));
        RaftServer.Builder builder = RaftServer.newBuilder()
                .setServerId(RaftPeerId.valueOf(node.member()))
                .setProperties(RaftPlan.properties(settings, storage, parameters))
                .setParameters(parameters)
                .setStateMachineRegistry(id -> machine)
                .setOption(hasLog ? StartupOption.RECOVER : StartupOption.FORMAT);
        if (isLetIn) {
            builder.setGroup(Bootstrap.firstMembers(settings, node));
        }
        this.raft = new RaftDivision(builder.build(), RaftGroupId.valueOf(node.cluster()));
        this.view = new NodeView(settings, directory, node, raft, links, checks, this::superseded, this::returned);
        this.requests = new LeaderRequests(settings, raft, view);
        this.submitter = Threads.daemon("telpher-raft-submit", this::submitAll, failed);
        this.watch = Executors.newSingleThreadScheduledExecutor(Threads.daemons("telpher-raft-watch", failed));
        this.membership = new Membership(settings, raft, this::changed);
        this.bootstrap = new Bootstrap(settings, directory, own, raft, founders, membership, failed);
        this.cut = new LogCut(directory, raft, covered.place(), machine::covered);
    }

    /** @param port of the binary protocol here, which clients are told when {@code advertise} says nothing else; before {@link #start} */
    public void advertises(int port) {
        String configured = settings.advertise();
        ownAddress = configured.isEmpty() ? settings.bind().getHostString() + ":" + port : configured;
    }

    /** @param broker that this node is part of; before {@link #start} */
    public void isPartOf(NodeReport.Local broker) {
        view.isPartOf(broker);
    }

    /** @param target takes the requests that other nodes forward to this one; before {@link #start} */
    public void forwardsTo(ForwardedCall.Target target) {
        requests.takenBy(target);
    }

    ForwardedCall.@Nullable Target forwardsTo() {
        return requests.takenBy();
    }

    /** @param agreed gets what is agreed on from here on */
    public void start(AgreedLog agreed) throws IOException {
        log = agreed;
        RaftPlan.start(raft, directory, own.present());
        if (isLetIn) {
            takePart();
        } else {
            bootstrap.askFounders(this::takePart);
        }
    }

    private synchronized void takePart() throws IOException {
        if (stopping) {
            return;
        }
        isStarted = true;
        own.change(NodeFile::formed); // it may vote from here on
        submitter.start();
        bootstrap.join();
        watch.scheduleWithFixedDelay(Threads.retried(watching, this::look), LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
        watch.scheduleWithFixedDelay(Threads.retried(asking, this::askOthers), 0, REPORT_MS, TimeUnit.MILLISECONDS);
    }

    /** What goes on beside, whatever fails. */
    public List<Chore> chores() {
        return List.of(watching, asking);
    }

    // ---- proposing

    @Override
    public void propose(long mandate, ByteBuffer entry) {
        proposals.add(new Proposal(mandate, entry));
    }

    /** Of the broker's own. */
    private void propose(int kind, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer entry = ByteBuffer.allocate(Integer.BYTES + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        propose(NO_MANDATE, entry.putInt(kind).put(bytes).flip());
    }

    @Override
    public int batchBytesMin() {
        return BATCH_BYTES_MIN;
    }

    @Override
    public void resign() {
        propose(BARRIER, "");
    }

    @Override
    public void prove(long mandate, long term, long number) {
        AgreedLog present = log;
        if (present == null || stopping || !present.isLeading(mandate)) {
            return;
        }
        LeaderProof.Outcome outcome = isProven -> {
            if (isProven) {
                present.proven(number);
            } else {
                proveLater(mandate, term, number);
            }
        };
        try {
            proof.ask(raft.division(), term - own.present().origin().terms(), outcome);
        } catch (IOException e) {
            if (!stopping) {
                failed.accept(e);
            }
        }
    }

    /** A majority is cut off, or in a later term: this leadership is mostly over soon. */
    private void proveLater(long mandate, long term, long number) {
        try {
            watch.schedule(() -> prove(mandate, term, number), PROVE_AGAIN_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node is closing, and answers nothing more");
        }
    }

    /** See {@link NodeLink.Host#term}. */
    long term() throws IOException {
        return raft.info().getCurrentTerm();
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
        raft.write(proposal.entry).whenComplete((reply, error) -> answered(proposal, reply, error));
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

    /** An entry that is {@link #applied} next. */
    void agreed(long index, ByteString data) {
        ByteBuffer entry = data.asReadOnlyByteBuffer();
        if (entry.remaining() >= Integer.BYTES && AgreedLog.partitionOf(entry) >= 0) {
            signs.hands(index);
        }
    }

    /** The next entry of the log. */
    void applied(Place place, ByteString data) {
        ByteBuffer entry = data.asReadOnlyByteBuffer();
        AgreedLog present = log;
        if (present == null || entry.remaining() < Integer.BYTES) {
            throw new IllegalStateException("an entry of " + entry.remaining() + " bytes at " + place);
        }
        try {
            committed.advance(place.index());
            int kind = AgreedLog.partitionOf(entry);
            if (kind >= 0) {
                present.agreed(place, entry);
            } else if (kind == ADVERTISES) {
                String text = textOf(entry);
                int space = text.indexOf(' ');
                view.advertises(text.substring(0, space), text.substring(space + 1));
            } else if (kind == PINNED) {
                pinned(place, textOf(entry), present);
            } else if (kind == CHECKED) {
                checks.agreed(place.index(), present);
            } else if (raft.info().isLeaderReady() && !present.isLeading()) {
                present.elected(own.present().origin().terms() + place.term());
            }
        } catch (InterruptedException e) {
            interrupted(e);
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    private static String textOf(ByteBuffer entry) {
        return StandardCharsets.UTF_8
                .decode(entry.position(entry.position() + Integer.BYTES))
                .toString();
    }

    /** This machine was elected, and everything agreed on before was {@link #applied}. */
    void ready() {
        AgreedLog present = log;
        if (present == null || stopping) {
            return;
        }
        try {
            present.elected(own.present().origin().terms() + raft.info().getCurrentTerm());
            advertise();
        } catch (InterruptedException e) {
            interrupted(e);
        } catch (IOException e) {
            failed.accept(e);
        }
    }

    private void advertise() {
        propose(ADVERTISES, settings.node() + " " + ownAddress);
    }

    /** At the end what is not taken any more is read again by the next start. */
    private void interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        if (!stopping) {
            failed.accept(e);
        }
    }

    /** @param leader a member; empty = none is known */
    void leaderChanged(String leader) {
        view.leads(leader);
        if (!leader.equals(own.present().member())) {
            notLeader();
        }
    }

    void notLeader() {
        upgrade.isLost();
        AgreedLog present = log;
        if (present != null) {
            present.deposed();
        }
    }

    /** The shared log can't be written: what this node said it has may not be there. */
    void logFailed(Throwable cause) {
        failed.accept(cause);
    }

    /** The others' log begins at this index, and this machine needs what is before. */
    void behind(long index) {
        if (!stopping) {
            failed.accept(
                    new JournalException("TQ-5007 node " + settings.node() + " was away for so long that the others"
                            + " have no more of the shared log than from index " + index + " on. Move " + directory
                            + " away and run tq cluster replace " + settings.node()));
        }
    }

    /** The others say that this member is none, or the library ends by itself. */
    void dismissed() {
        if (!stopping) {
            failed.accept(new JournalException("TQ-5008 " + own.present().member() + " is no member of the cluster "
                    + settings.name() + " any more: it was removed, or another disk has come in the place of "
                    + directory + ". Don't start it again"));
        }
    }

    // ---- members

    /**
     * Lets a new disk of a node copy what this one has, which leads. The one that was let before may not any more.
     *
     * @param link where its node link will be
     * @param replaces whether it comes in the place of the disk that the node has
     */
    public InstallGrant admit(String newNode, String link, boolean replaces) throws IOException, RefusedException {
        String old = membership.admissible(newNode, link, replaces);
        return newMembers.admit(own.present(), old, raft.members());
    }

    /** Begins to make a node none of this cluster, which this one leads. */
    public void remove(String oldNode) throws IOException, RefusedException {
        membership.remove(oldNode);
    }

    /** From where this is agreed on no node cuts the log for a while; {@link NewMembers#pinned} is told the place. */
    void pin(String name) {
        propose(PINNED, PIN_MS + " " + name);
    }

    private void pinned(Place place, String text, AgreedLog present) throws InterruptedException {
        StringTokenizer words = new StringTokenizer(text);
        cut.pin(Long.parseLong(words.nextToken()));
        if (words.hasMoreTokens()) {
            newMembers.pinned(place, words.nextToken(), present);
        }
    }

    /** The new member has what it needs of the log, and is told from here on where this one takes clients. */
    private void changed() {
        newMembers.changed();
        advertise();
        propose(PINNED, "0");
    }

    /** See {@link Membership#join}. */
    void join(String member, String link, String replaces) throws IOException, RefusedException {
        membership.join(member, link, replaces);
    }

    // ---- versions

    /**
     * By which version of the rules a leadership that begins here decides, see {@link Upgrade}.
     *
     * @param inUse in the records before; 0 = there are none
     */
    public int semantics(int inUse) {
        Map<String, @Nullable NodeReport> reports = Map.of();
        try {
            reports = view.latest();
        } catch (IOException e) {
            LOG.debug("the node stops", e);
        }
        return upgrade.begun(inUse, view.semantics().oldest(), reports);
    }

    /**
     * Has this node, which leads, decide by the newest version that all nodes know: it begins another leadership for it.
     *
     * @return that version
     */
    public int finishUpgrade() throws IOException, RefusedException {
        AgreedLog present = log;
        if (present == null || !raft.info().isLeader()) {
            throw new RefusedException("this node does not lead; ask node " + leader());
        }
        return upgrade.finish(present, view.latest());
    }

    private void raiseWhenDue() throws IOException {
        AgreedLog present = log;
        if (present == null) {
            return;
        }
        Map<String, @Nullable NodeReport> reports = view.latest();
        boolean isDue = upgrade.isDue(present.semantics(), reports, System.nanoTime());
        if (isDue && raft.info().isLeader() && present.isLeading()) {
            upgrade.raise(present, Upgrade.newestOfAll(reports));
        }
    }

    // ---- looking after it

    /** Whether what this machine believes of its role is still so: notices can come late, or not at all. */
    private void look() {
        AgreedLog present = log;
        if (present == null || stopping) {
            return;
        }
        try {
            committed.force();
            DivisionInfo info = raft.info();
            bootstrap.look();
            if (info.getLeaderId() != null) {
                view.seesLeader();
            }
            requests.look();
            signs.ageNanos(raft.division(), present);
            boolean isReady = info.isLeader() && info.isLeaderReady();
            if (!info.isLeader() && present.isLeading()) {
                present.deposed();
            }
            if (isReady && checks.isDue()) {
                check();
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
        watch.execute(() -> {
            try {
                cut.cut(place, sequence);
            } catch (IOException e) {
                watching.failed(e);
            }
        });
    }

    private void askOthers() {
        if (stopping) {
            return;
        }
        try {
            view.askOthers();
            raiseWhenDue();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A node has the data of this cluster under another id, and goes on with them: this one was given up. */
    private void superseded(String by) {
        if (!stopping) {
            failed.accept(new JournalException("TQ-5035 the cluster " + settings.name() + ", "
                    + own.present().cluster()
                    + ", was given up: " + by + " goes on with it as another one, by tq cluster recover. What is in "
                    + directory + " and not there is lost to it. Keep the directory by moving it away, and run tq"
                    + " cluster add " + settings.node()));
        }
    }

    /**
     * A member answers again. Raft's own connection to it rests after each try that failed, longer each time, and a vote that is asked for meanwhile fails at once: when the one that
     * leads is lost then, this node could not be elected for minutes, with a majority there. So its next vote is asked for over a new one. What a leader sends it connects anew by itself.
     */
    private void returned(String member) {
        try {
            if (!stopping && !raft.info().isLeader()) {
                raft.reconnect(member);
            }
        } catch (IOException e) {
            LOG.debug("the node stops", e);
        }
    }

    // ---- what others ask

    /**
     * Of this moment. Any thread.
     *
     * @throws IOException while this node starts or stops
     */
    public ClusterStatus status() throws IOException {
        AgreedLog present = log;
        if (!isStarted || present == null) {
            throw new IOException("this node has not taken up its place in the shared log yet");
        }
        return view.status(present.voidBatches(), present.semantics());
    }

    /**
     * How old the state is at most that this node has applied: since it had applied everything of which the leader had said by then that it is agreed on; {@link LeaderSigns#UNKNOWN} = it can't be
     * said, since none was heard of since this node's start. Any thread.
     */
    public long ageNanos() {
        AgreedLog present = log;
        try {
            return present == null ? LeaderSigns.UNKNOWN : signs.ageNanos(raft.division(), present);
        } catch (IOException e) {
            LOG.debug("the node stops", e);
            return LeaderSigns.UNKNOWN;
        }
    }

    /** What this node says of itself. */
    NodeReport report() throws IOException {
        return view.report();
    }

    /** @param by hashes the partition's state, for checks; before {@link #start} */
    public void hashesBy(Consumer<LongConsumer> by) {
        checks.hashesBy(by);
    }

    /**
     * Has all nodes compare their states; {@link #status} tells what came of it.
     *
     * @return the place of the last check before: this one's is behind it
     */
    public long verify() throws IOException, RefusedException {
        if (!raft.info().isLeader()) {
            throw new RefusedException("this node does not lead; ask node " + leader());
        }
        long before = checks.index();
        check();
        return before;
    }

    private void check() {
        checks.proposed();
        propose(CHECKED, "");
    }

    // ---- who leads

    /** {@code host:port} of the binary protocol of the one that leads; empty when that is not known. Any thread. */
    public String leaderAddress() {
        return view.leaderAddress();
    }

    /** The id of the one that leads; empty when none is known. Any thread. */
    public String leader() {
        return view.leader();
    }

    /** Hands a request to the node that leads. Any thread. */
    public ForwardedCall forward(byte[] request, ForwardedCall.Ending ending) {
        return requests.forward(request, ending);
    }

    /**
     * Has another node lead; waits for it.
     *
     * @param to its id; empty = any that is up to date
     * @return what went wrong; empty when it leads
     */
    public String transfer(String to, long timeoutMs) {
        try {
            if (!raft.info().isLeader()) {
                return "this node does not lead; ask node " + leader();
            }
            RaftPeerId target = to.isEmpty() ? raft.mostCurrent() : membership.memberOf(to);
            return target == null ? "no other node is there" : raft.transfer(target, timeoutMs);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Takes no further part. What was proposed and is not agreed on is left to the others. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            stopping = true;
        }
        bootstrap.stop();
        notLeader();
        watch.shutdownNow();
        submitter.interrupt();
        machine.closing();
        requests.close();
        links.close();
        raft.close(failed);
    }
}
