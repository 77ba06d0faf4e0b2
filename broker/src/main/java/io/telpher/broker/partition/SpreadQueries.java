package io.telpher.broker.partition;

import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.BrokerStats;
import io.telpher.protocol.Counted;
import io.telpher.protocol.DlqReplay;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.ErrorReply;
import io.telpher.protocol.Frame;
import io.telpher.protocol.FrameWriter;
import io.telpher.protocol.Frames;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.Problem;
import io.telpher.protocol.PutQueue;
import io.telpher.protocol.Worker;
import io.telpher.protocol.WorkerList;
import io.telpher.protocol.Workers;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Questions that all partitions are asked at once, and what their answers make together. Any thread. */
final class SpreadQueries {
    private final PartitionAgent[] agents;
    private final IntSupplier connections;

    /** @param connections how many there are */
    SpreadQueries(PartitionAgent[] agents, IntSupplier connections) {
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
            case PUT_QUEUE -> {
                int home = Placement.of(new PutQueue().wrap(frame, 0).queue(), agents.length);
                askAll(asker, frame, answers -> answer.accept(copy(answers.get(home))));
            }
            case DLQ_REPLAY -> {
                if (new DlqReplay().wrap(frame, 0).options().isRun()) {
                    answer.accept(refusal(
                            requestId,
                            "a replay with a rate or a canary needs a queue: the broker has several partitions"));
                } else {
                    new SpreadPages(agents, asker, frame, answer).begin();
                }
            }
            default -> new SpreadPages(agents, asker, frame, answer).begin();
        }
    }

    static FrameWriter refusal(int requestId, String message) {
        ErrorCode code = ErrorCode.BAD_REQUEST;
        return ErrorReply.write(new FrameWriter(), requestId, new Problem(code, message), 0, Hints.of(code));
    }

    private void askAll(Session asker, ByteBuffer frame, Consumer<List<ByteBuffer>> complete) {
        Gathering answers = new Gathering(agents.length, complete);
        for (PartitionAgent agent : agents) {
            new Inquiry(agent, asker, answers.next()).ask(copy(frame));
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
                    case CONNECTIONS -> connections.getAsInt();
                    default -> together[i] + value;
                };
            }
        }
        return BrokerStats.write(new FrameWriter(), requestId, together);
    }

    private static FrameWriter counted(int requestId, List<ByteBuffer> answers) {
        ByteBuffer refused = Gathering.firstError(answers);
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
        final Worker first;
        long lastSeenMs;
        int leases;
        int waiting;

        Held(Worker first) {
            this.first = first;
        }
    }

    private static FrameWriter workers(int requestId, int limit, List<ByteBuffer> answers) {
        Map<Long, Held> bySession = new LinkedHashMap<>();
        for (ByteBuffer answer : answers) {
            Frames workers = new WorkerList().wrap(answer, 0).workers();
            while (workers.next()) {
                Worker worker = new Worker().wrap(workers.buffer(), workers.offset());
                Held held = bySession.computeIfAbsent(worker.sessionId(), id -> new Held(worker));
                held.lastSeenMs = Math.max(held.lastSeenMs, worker.lastSeenMs());
                held.leases += worker.leases();
                held.waiting = Math.max(held.waiting, worker.waitingReserves());
            }
        }
        int count = Math.min(limit, bySession.size());
        FrameWriter out = WorkerList.begin(new FrameWriter(), requestId, count);
        bySession.values().stream().limit(count).forEach(held -> {
            Worker.begin(out, held.first.sessionId(), held.first.connectedAtMs(), held.lastSeenMs)
                    .i32(held.leases)
                    .i32(held.waiting)
                    .pad()
                    .var(held.first.worker())
                    .var(held.first.clientName())
                    .var(held.first.address())
                    .end();
        });
        return out.endVar().end();
    }

    static @Nullable ErrorCode errorOf(ByteBuffer answer) {
        return Frame.typeCode(answer, 0) == MessageType.ERROR.code()
                ? new ErrorReply().wrap(answer, 0).code()
                : null;
    }
}
