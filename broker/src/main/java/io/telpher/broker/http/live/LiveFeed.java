package io.telpher.broker.http.live;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.partition.replica.LatencyRecorder;
import io.telpher.broker.partition.replica.TaskChanges;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.broker.partition.session.OwnSession;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.Shares;
import io.telpher.broker.thread.Chore;
import io.telpher.broker.thread.Threads;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.queue.QueueList;
import io.telpher.protocol.queue.QueueView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at broker and queues at a fixed rate, by the queries of the protocol, and tells all readers of events what it saw. However many readers
 * there are, each event is built once, and a partition is asked once a look, and not again before it has answered. All of it runs
 * on a thread of its own, which serves no connection.
 */
public final class LiveFeed implements AutoCloseable {
    /** Readers of events at a time. */
    static final int STREAMS_MAX = 256;

    /** Of these, one principal's: a token's, or one address's. */
    static final int STREAMS_PER_PRINCIPAL_MAX = 64;

    /** Further queues are not shown live. */
    private static final int QUEUES_MAX = 10_000;

    private static final long LOOK_MS = 1_000;
    private static final long CHANGES_MS = 200;

    /** Between readers who are told much and the next. */
    private static final long TELL_PAUSE_MS = 4;

    private static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What is looked at. */
    public record Sources(PartitionRouter router, TaskChanges changes, LatencyRecorder timings, LongSupplier clock) {}

    private final Sources sources;
    private final ScheduledExecutorService loop;
    private final Chore telling = new Chore("telling-events", "TQ-3050 readers of events can't be reached");
    private final String name = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);
    private final OwnSession session = new Questions();
    private final LiveStats figures = new LiveStats();
    private final HourlySeries lastHour = new HourlySeries();
    private final EventReaders readers = new EventReaders(name);
    private final Shares places;
    private final FrameWriter writer = new FrameWriter();
    private final Future<?> rows;
    private @Nullable Future<?> flushes;
    private int requestId;
    private int awaited;
    private boolean addsRow;
    private int queuesSeen;
    private long lookedAtNanos;
    /** The next readers are told in a while. */
    private boolean tellsMore;

    private final class Questions extends OwnSession {
        Questions() {
            super(OWN_ID);
        }

        @Override
        protected void answered(ByteBuffer frames) {
            run(() -> take(frames));
        }
    }

    private LiveFeed(Sources sources, ScheduledExecutorService loop) {
        this.sources = sources;
        this.loop = loop;
        this.places = new Shares("readers of events", STREAMS_MAX, STREAMS_PER_PRINCIPAL_MAX);
        this.rows = loop.scheduleAtFixedRate(
                Threads.retried(telling, this::lookForRow), 0, TimeSeries.STEP_MS, TimeUnit.MILLISECONDS);
    }

    /** @param failed told of what is thrown beside the feed's work, which answers for its own failures */
    public static ScheduledExecutorService newThread(Consumer<Throwable> failed) {
        return Executors.newSingleThreadScheduledExecutor(Threads.daemons("telpher-events", failed));
    }

    /** @param loop one thread, of which this is the only user */
    public static LiveFeed start(Sources sources, ScheduledExecutorService loop) {
        return new LiveFeed(sources, loop);
    }

    /** Telling readers what happens, which goes on after any failure. */
    public Chore telling() {
        return telling;
    }

    @Override
    public void close() {
        rows.cancel(false);
        run(() -> {
            readers.close();
            watch();
        });
        loop.shutdown();
    }

    /** On this feed's thread; nothing when it was closed. */
    private void run(Runnable work) {
        try {
            loop.execute(Threads.retried(telling, work));
        } catch (RejectedExecutionException e) {
            // Closed: no reader is told anything any more.
        }
    }

    // ---- readers; any thread

    /**
     * Takes a place among the readers, for {@link #open}.
     *
     * @param principal whose share it counts against: see {@link Session#principal}
     * @throws Refusal when there are too many readers
     */
    public void reserve(String principal) throws Refusal {
        String problem = places.take(principal);
        if (problem != null) {
            throw new Refusal(503, ErrorCode.OVERLOADED, problem + "; close some");
        }
    }

    /** Events go to this connection from here on, until it is closed; {@link #reserve} was called for it. */
    public void open(Channel channel, String principal, EventFilter filter, String lastEventId) {
        channel.closeFuture().addListener(closed -> {
            places.giveBack(principal);
            run(() -> remove(channel));
        });
        run(() -> {
            if (channel.isActive()) {
                readers.add(channel, filter, lastEventId);
                watch();
                lookSoon();
            }
        });
    }

    /** @param queue null = the broker */
    public ObjectNode lastHour(@Nullable String queue) {
        return lastHour.json(queue);
    }

    // ---- the feed's thread

    private void remove(Channel channel) {
        readers.remove(channel);
        watch();
    }

    private void watch() {
        sources.changes().watch(readers.taskIds(), readers.queues());
        if (readers.isEmpty() && flushes != null) {
            flushes.cancel(false);
            flushes = null;
        } else if (!readers.isEmpty() && flushes == null) {
            flushes = loop.scheduleAtFixedRate(
                    Threads.retried(telling, this::flush), CHANGES_MS, CHANGES_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void flush() {
        sources.changes().drain(readers::add);
        readers.lost(sources.changes().takeLost());
        readers.flush();
        lookSoon();
    }

    /** Once a second at most, however many readers come. */
    private void lookSoon() {
        if (System.nanoTime() - lookedAtNanos >= TimeUnit.MILLISECONDS.toNanos(LOOK_MS)) {
            look();
        }
    }

    private void lookForRow() {
        addsRow = true;
        look();
    }

    /** Asks for everything, unless the last question is not answered yet. */
    private void look() {
        if (awaited != 0 && System.nanoTime() - lookedAtNanos < LOST_NANOS) {
            return;
        }
        lookedAtNanos = System.nanoTime();
        queuesSeen = 0;
        askForQueues("");
    }

    private void askForQueues(String after) {
        ask(ListQueues.write(writer.clear(), nextRequest(), Limits.LIST_MAX, after));
    }

    private int nextRequest() {
        requestId = requestId == Integer.MAX_VALUE ? 1 : requestId + 1;
        awaited = requestId;
        return requestId;
    }

    private void ask(FrameWriter frame) {
        sources.router().receive(session, Unpooled.copiedBuffer(frame.written()));
    }

    private void take(ByteBuffer frames) {
        int offset = 0;
        while (offset < frames.limit()) {
            int bytes = (int) Frame.bytes(frames, offset);
            ByteBuffer frame = frames.slice(offset, bytes).order(ByteOrder.LITTLE_ENDIAN);
            if (awaited != 0 && Frame.requestId(frame, 0) == awaited) {
                answered(frame);
            }
            offset += bytes;
        }
    }

    private void answered(ByteBuffer frame) {
        awaited = 0;
        int type = Frame.typeCode(frame, 0);
        if (type == MessageType.QUEUES.code()) {
            sawQueues(new QueueList().wrap(frame, 0).queues());
        } else if (type == MessageType.BROKER_STATS.code()) {
            looked(new BrokerStats().wrap(frame, 0));
        }
    }

    private void sawQueues(Frames frames) {
        Queue queue = new Queue();
        int count = 0;
        String last = "";
        long now = sources.clock().getAsLong();
        while (frames.next()) {
            QueueView view = queue.wrap(frames.buffer(), frames.offset()).view();
            figures.saw(view, now);
            last = view.name;
            count++;
        }
        queuesSeen += count;
        if (count == Limits.LIST_MAX && queuesSeen < QUEUES_MAX) {
            askForQueues(last);
        } else {
            ask(Stats.write(writer.clear(), nextRequest()));
        }
    }

    private void looked(BrokerStats stats) {
        figures.looked(stats, sources.clock().getAsLong(), queuesSeen < QUEUES_MAX);
        lastHour.forget(figures.removed());
        if (addsRow) {
            addsRow = false;
            lastHour.add(figures, sources.timings().take());
            readers.tellRow(readers.events().event("row", lastHour.lastRow()));
        }
        goOnTelling(readers.tell(figures));
    }

    private void goOnTelling(boolean areSomeLeft) {
        if (areSomeLeft && !tellsMore) {
            tellsMore = true;
            loop.schedule(Threads.retried(telling, this::tellMore), TELL_PAUSE_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tellMore() {
        tellsMore = false;
        goOnTelling(readers.tellMore(figures));
    }
}
