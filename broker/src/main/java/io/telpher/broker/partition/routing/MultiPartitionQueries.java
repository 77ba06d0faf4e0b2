package io.telpher.broker.partition.routing;

import io.telpher.broker.core.state.Placement;
import io.telpher.broker.partition.PartitionAgent;
import io.telpher.broker.partition.answer.WorkerQueries;
import io.telpher.broker.partition.session.ErrorHints;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.WorkerList;
import io.telpher.protocol.admin.WorkerView;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.deadletter.DlqCommand;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRunList;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.session.ErrorReply;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Questions that all partitions are asked at once, and what their answers make together. Any thread. */
final class MultiPartitionQueries {
    private final PartitionAgent[] agents;
    private final Map<Long, Session> connections;

    /** @param connections by their ids, as they come and go */
    MultiPartitionQueries(PartitionAgent[] agents, Map<Long, Session> connections) {
        this.agents = agents;
        this.connections = connections;
    }

    void ask(Session asker, ByteBuffer frame, Consumer<FrameWriter> answer) {
        MessageType type = MessageType.known(Frame.typeCode(frame, 0));
        int requestId = Frame.requestId(frame, 0);
        switch (type) {
            case STATS -> askAll(asker, frame, answers -> answer.accept(stats(requestId, answers)));
            case SNAPSHOT -> askAll(asker, frame, answers -> answer.accept(counted(requestId, answers)));
            case WORKERS -> {
                int limit = new Workers().wrap(frame, 0).limit();
                askAll(asker, frame, answers -> answer.accept(workers(requestId, limit, answers)));
            }
            case DRAIN_WORKER -> drain(asker, frame, answer);
            case PUT_QUEUE -> {
                int home = Placement.of(new PutQueue().wrap(frame, 0).queue(), agents.length);
                askAll(asker, frame, answers -> answer.accept(copy(answers.get(home))));
            }
            case DLQ_REPLAY, DLQ_DISCARD ->
                begin(MultiPartitionRun.of(agents, DlqCommand.of(frame, 0), answer), asker, frame, answer);
            case DLQ_RUNS -> {
                DlqRuns asked = new DlqRuns().wrap(frame, 0);
                int limit = asked.limit();
                // The newest runs of one partition need not be the newest of all: each tells all that it has.
                FrameWriter all = DlqRuns.write(new FrameWriter(), requestId, Limits.LIST_MAX, asked.queue());
                askAll(asker, all.written(), answers -> answer.accept(runs(requestId, limit, answers)));
            }
            case DLQ_STOP -> askAll(asker, frame, answers -> answer.accept(stopped(requestId, answers)));
            default -> new MultiPartitionPages(agents, asker, frame, answer).begin();
        }
    }

    private void begin(@Nullable MultiPartitionRun run, Session asker, ByteBuffer frame, Consumer<FrameWriter> answer) {
        if (run != null) {
            run.begin(asker);
        } else {
            new MultiPartitionPages(agents, asker, frame, answer).begin();
        }
    }

    static FrameWriter refusal(int requestId, String message) {
        return refusal(requestId, new Problem(ErrorCode.BAD_REQUEST, message));
    }

    private static FrameWriter refusal(int requestId, Problem problem) {
        return ErrorReply.write(new FrameWriter(), requestId, problem, 0, ErrorHints.of(problem.code()));
    }

    private void askAll(Session asker, ByteBuffer frame, Consumer<List<ByteBuffer>> complete) {
        FanIn answers = new FanIn(agents.length, complete);
        for (PartitionAgent agent : agents) {
            new SubQuery(agent, asker, answers.next()).ask(copy(frame));
        }
    }

    static FrameWriter copy(ByteBuffer frame) {
        return new FrameWriter(frame.remaining()).raw(frame);
    }

    private FrameWriter stats(int requestId, List<ByteBuffer> answers) {
        BrokerStats.Field[] fields = BrokerStats.Field.values();
        long[] together = new long[fields.length];
        for (int i = 0; i < fields.length; i++) {
            for (ByteBuffer answer : answers) {
                long value = new BrokerStats().wrap(answer, 0).get(fields[i]);
                together[i] = switch (fields[i]) {
                    case UPTIME_MS, TERM, SYNC_P99_MICROS -> Math.max(together[i], value);
                    case DISK_FREE_BYTES -> answer == answers.get(0) ? value : Math.min(together[i], value);
                    case CONNECTIONS -> connections.size();
                    default -> together[i] + value;
                };
            }
        }
        return BrokerStats.write(new FrameWriter(), requestId, together);
    }

    private static FrameWriter counted(int requestId, List<ByteBuffer> answers) {
        ByteBuffer refused = FanIn.firstError(answers);
        if (refused != null) {
            return copy(refused);
        }
        long sum = 0;
        for (ByteBuffer answer : answers) {
            sum += new Counted().wrap(answer, 0).count();
        }
        return Counted.write(new FrameWriter(), requestId, sum);
    }

    /** What one connection holds in several partitions. */
    private static final class Held {
        final WorkerView first;
        long lastSeenMs;
        int leases;
        int waiting;

        boolean draining;
        final Set<String> queues = new LinkedHashSet<>();

        Held(WorkerView first) {
            this.first = first;
        }

        void add(WorkerView worker) {
            lastSeenMs = Math.max(lastSeenMs, worker.lastSeenMs());
            leases += worker.leases();
            waiting = Math.max(waiting, worker.waitingReserves());
            draining |= worker.draining();
            Elements names = worker.queues();
            while (names.next()) {
                queues.add(names.text());
            }
        }

        FrameWriter write(FrameWriter out, int requestId) {
            WorkerView.begin(out, requestId, first.sessionId(), first.connectedAtMs(), lastSeenMs)
                    .i32(leases)
                    .i32(waiting)
                    .u8(draining ? 1 : 0)
                    .pad()
                    .var(first.worker())
                    .var(first.clientName())
                    .var(first.address())
                    .var(first.version())
                    .var(first.host())
                    .beginVar();
            queues.forEach(out::element);
            return out.endVar().end();
        }
    }

    /** The connection is told first: what it reserves from then on, in whichever partition, is kept there. */
    private void drain(Session asker, ByteBuffer frame, Consumer<FrameWriter> answer) {
        DrainWorker asked = new DrainWorker().wrap(frame, 0);
        Session worker = connections.get(asked.sessionId());
        if (worker == null || !worker.reserves()) {
            answer.accept(refusal(asked.requestId(), WorkerQueries.noWorker(asked.sessionId())));
            return;
        }
        worker.drain(!asked.undo());
        int requestId = asked.requestId();
        askAll(asker, frame, answers -> answer.accept(worker(requestId, answers)));
    }

    /** Only partitions that it asked for tasks know it. */
    private static FrameWriter worker(int requestId, List<ByteBuffer> answers) {
        Held held = null;
        for (ByteBuffer answer : answers) {
            if (errorOf(answer) == null) {
                WorkerView worker = new WorkerView().wrap(answer, 0);
                held = held == null ? new Held(worker) : held;
                held.add(worker);
            }
        }
        return held == null ? copy(answers.get(0)) : held.write(new FrameWriter(), requestId);
    }

    /** The newest first. */
    private static FrameWriter runs(int requestId, int limit, List<ByteBuffer> answers) {
        Map<Long, MultiPartitionRun.Together> byId = new LinkedHashMap<>();
        for (ByteBuffer answer : answers) {
            Frames runs = new DlqRunList().wrap(answer, 0).runs();
            while (runs.next()) {
                DlqRun run = new DlqRun().wrap(runs.buffer(), runs.offset());
                byId.computeIfAbsent(run.runId(), id -> new MultiPartitionRun.Together(run))
                        .add(run);
            }
        }
        List<MultiPartitionRun.Together> shown = byId.values().stream()
                .sorted(Comparator.comparingLong(MultiPartitionRun.Together::startedAtMs)
                        .reversed())
                .limit(limit)
                .toList();
        FrameWriter out = DlqRunList.begin(new FrameWriter(), requestId, shown.size());
        shown.forEach(run -> run.write(out, 0));
        return out.endVar().end();
    }

    /** Only partitions that had a part of it know it. */
    private static FrameWriter stopped(int requestId, List<ByteBuffer> answers) {
        MultiPartitionRun.Together whole = null;
        for (ByteBuffer answer : answers) {
            if (errorOf(answer) == null) {
                DlqRun run = new DlqRun().wrap(answer, 0);
                whole = whole == null ? new MultiPartitionRun.Together(run) : whole;
                whole.add(run);
            }
        }
        return whole == null ? copy(answers.get(0)) : whole.write(new FrameWriter(), requestId);
    }

    private static FrameWriter workers(int requestId, int limit, List<ByteBuffer> answers) {
        Map<Long, Held> bySession = new LinkedHashMap<>();
        for (ByteBuffer answer : answers) {
            Frames workers = new WorkerList().wrap(answer, 0).workers();
            while (workers.next()) {
                WorkerView worker = new WorkerView().wrap(workers.buffer(), workers.offset());
                bySession
                        .computeIfAbsent(worker.sessionId(), id -> new Held(worker))
                        .add(worker);
            }
        }
        int count = Math.min(limit, bySession.size());
        FrameWriter out = WorkerList.begin(new FrameWriter(), requestId, count);
        bySession.values().stream().limit(count).forEach(held -> held.write(out, 0));
        return out.endVar().end();
    }

    static @Nullable ErrorCode errorOf(ByteBuffer answer) {
        return Frame.typeCode(answer, 0) == MessageType.ERROR.code()
                ? new ErrorReply().wrap(answer, 0).code()
                : null;
    }
}
