package io.telpher.broker.partition.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.telpher.broker.partition.deadletter.WholeRun;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.GoAway;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection as the partition sees it. Frames come in by {@code PartitionAgent#receive}; replies leave in one buffer per duty cycle by
 * {@link #send}. Thread-safe where it says so, else for the partition's thread only.
 */
public abstract class Session {
    /** Set in the id of an HTTP connection's session: when it ends, waiting reserves end with it, leases go on. */
    public static final long HTTP_BIT = 1L << 62;

    /** Of what the broker itself says and asks. */
    public static final long OWN_ID = 0;

    private final long id;
    private final AtomicLong unread;
    private boolean over;
    private @Nullable ByteBuf replies;
    private boolean delivers;
    private final AtomicBoolean draining = new AtomicBoolean();
    private volatile boolean reserves;
    private volatile String worker = "";
    private byte[] queues = {};
    private long lastSeenMs;
    private int parked;
    private volatile Rights rights = Rights.ALL;
    private final Set<Integer> forbidden = new HashSet<>(0);
    private final Set<Session> singles = ConcurrentHashMap.newKeySet(0);

    protected Session(long id) {
        this.id = id;
        this.unread = new AtomicLong();
    }

    /** A part of what comes over a connection. */
    public Session(long id, Session connection) {
        this.id = id;
        this.unread = connection.unread;
    }

    public final long id() {
        return id;
    }

    public final boolean isHttp() {
        return (id & HTTP_BIT) != 0;
    }

    /** It counts as one; else it is something of the broker's own. */
    public boolean isConnection() {
        return true;
    }

    /** For people: where the connection comes from. Any thread. */
    public abstract String address();

    /** In whose name what this session holds is counted, see {@link Shares}; for people too. Does not change. Any thread. */
    public String principal() {
        return address();
    }

    /** Sessions of one lane are served in the order in which they asked: those by which one connection asks. Any thread. */
    public long lane() {
        return id;
    }

    /** For people: what the client calls itself. Any thread. */
    public abstract String clientName();

    /** For people: the version of the client's application, empty when it does not say. Any thread. */
    public String version() {
        return "";
    }

    /** For people: the host that the client says it runs on, empty when it does not. Any thread. */
    public String host() {
        return "";
    }

    /** Milliseconds since 1970. Any thread. */
    public abstract long connectedAtMs();

    /** Takes whole reply frames, one or more; the buffer is the callee's to release. Called on the partition's thread. */
    public abstract void send(ByteBuf frames);

    /** False when the client is gone: no replies need be made. Any thread. */
    public boolean isOpen() {
        return true;
    }

    /** Called on the partition's thread when what was received has been taken in: reading may go on. */
    public abstract void taken();

    /** What it may do from here on. Any thread. */
    public final void grant(Rights granted) {
        rights = granted;
    }

    public Rights rights() {
        return rights;
    }

    /** This reserve waits for a queue that the session may not reserve from any more, and is withdrawn. */
    public final void forbid(int requestId) {
        forbidden.add(requestId);
    }

    /** It is answered; whether it was forbidden. */
    public final boolean wasForbidden(int requestId) {
        return !forbidden.isEmpty() && forbidden.remove(requestId);
    }

    /** Bytes received and not yet taken into the journal. Any thread. */
    public final long unreadBytes() {
        return unread.get();
    }

    public final void received(int bytes) {
        unread.addAndGet(bytes);
    }

    public final void took(int bytes) {
        unread.addAndGet(-bytes);
        taken();
    }

    /** Where the replies of this duty cycle gather. */
    public final ByteBuf replies() {
        ByteBuf buffer = replies;
        if (buffer == null) {
            buffer = newBuffer();
            replies = buffer;
        }
        return buffer;
    }

    /** Empty, for the replies of one duty cycle; {@link #send} gets it back. */
    public ByteBuf newBuffer() {
        return ByteBufAllocator.DEFAULT.directBuffer();
    }

    public final boolean hasReplies() {
        return replies != null;
    }

    public final void flush() {
        ByteBuf buffer = replies;
        if (buffer != null) {
            replies = null;
            if (delivers) {
                delivers = false;
                sendDeliveries(buffer);
            } else {
                send(buffer);
            }
        }
    }

    /** There are tasks among the replies of this duty cycle. */
    public final void delivers() {
        delivers = true;
    }

    /** Like {@link #send}, for replies that lease tasks: those that can't be sent are given back. */
    public void sendDeliveries(ByteBuf frames) {
        send(frames);
    }

    /** Requests of this connection that are under way under numbers of their own. Any thread. */
    public final Set<Session> singles() {
        return singles;
    }

    /**
     * A partition has {@code count} tasks for this reserve, or none and won't wait.
     *
     * @return true: that is the answer for the client; false: it is not, another partition is asked or was quicker, and the tasks are to be given back
     */
    public boolean granted(int requestId, int partition, int count, long nowMs) {
        return true;
    }

    /** A partition refuses this request; false when that is no answer for the client, who has one or gets it from another partition. */
    public boolean refused(int requestId, int partition) {
        return true;
    }

    /** The run of several partitions that what it asks for is a part of. */
    @Nullable
    public WholeRun partOf() {
        return null;
    }

    /** The connection is gone, and whatever comes in its name is too late. */
    public final void end() {
        over = true;
    }

    public final boolean isOver() {
        return over;
    }

    /** It may hold leases or wait for tasks: its end matters to the core. */
    public void reserved(String workerName) {
        worker = workerName;
        reserves = true;
    }

    /** For people: from where it takes tasks, see {@link Reserve#namesOf}. */
    public final void reservedFrom(Reserve asked) {
        queues = Reserve.namesOf(asked, queues);
    }

    /** Of its last reserve. For the partition's thread. */
    public final byte[] queues() {
        return queues;
    }

    /** It reserved something, or holds leases. Any thread. */
    public final boolean reserves() {
        return reserves;
    }

    public final String worker() {
        return worker;
    }

    /**
     * An operator says that this worker shall take no more tasks, or shall again; a client is told by GOAWAY. Over HTTP it learns it from the answers to
     * its reserves. Any thread.
     */
    public void drain(boolean wanted) {
        if (draining.compareAndSet(!wanted, wanted) && !isHttp()) {
            GoAway.Drain drain = wanted ? GoAway.Drain.BEGINS : GoAway.Drain.UNDONE;
            String reason = wanted ? "an operator drains this worker" : "an operator has this worker go on";
            send(Unpooled.wrappedBuffer(
                    GoAway.write(new FrameWriter(), drain, reason).toBytes()));
        }
    }

    /** The client says so itself: it closes, or was told on a connection before this one. True at the first time. Any thread. */
    public final boolean drains() {
        return draining.compareAndSet(false, true);
    }

    /** It is given no more tasks. Any thread. */
    public boolean isDraining() {
        return draining.get();
    }

    /** How many of its requests are {@link Parked}. */
    public final int parked() {
        return parked;
    }

    final void parked(int count) {
        parked = count;
    }

    public final void seen(long nowMs) {
        lastSeenMs = nowMs;
    }

    public final long lastSeenMs() {
        return lastSeenMs;
    }
}
