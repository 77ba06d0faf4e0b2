package io.telpher.client;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.TaskStateReply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A broker with tasks for one worker: delivers one task after the other, and keeps the outcomes that it is told. */
final class WorkerScript implements FakeBroker.Script {
    private final long tasks;
    private final int leaseMs;
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicReference<@Nullable ErrorCode> refusesAcks = new AtomicReference<>();
    private final AtomicReference<@Nullable ErrorCode> refusesExtends = new AtomicReference<>();
    final BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
    final BlockingQueue<Long> extended = new LinkedBlockingQueue<>();
    volatile boolean silentToExtend;
    volatile boolean cancels;
    private volatile byte @Nullable [] content;

    WorkerScript(long tasks, int leaseMs) {
        this.tasks = tasks;
        this.leaseMs = leaseMs;
    }

    /** Instead of a task like any other. */
    WorkerScript delivering(TaskSpec task) {
        content = Submit.write(new FrameWriter(), 0, task).toBytes();
        return this;
    }

    WorkerScript refusingAcks(ErrorCode code) {
        refusesAcks.set(code);
        return this;
    }

    WorkerScript refusingExtends(ErrorCode code) {
        refusesExtends.set(code);
        return this;
    }

    @Override
    public byte @Nullable [] reply(MessageType type, ByteBuffer frame) {
        return switch (type) {
            case RESERVE -> reserve(frame);
            case EXTEND -> extend(frame);
            case ACK -> refusesAcks.get() == null ? done(ack(frame), frame) : refused(frame, refusesAcks.get());
            case NACK -> {
                Nack nack = new Nack().wrap(frame, 0);
                String how = nack.permanent()
                        ? "permanent"
                        : nack.retryAfterMs() >= 0 ? "retry after " + nack.retryAfterMs() : "nack";
                yield done(how + ": " + nack.error().lines().findFirst().orElse(""), frame);
            }
            case RELEASE -> done("release", frame);
            default -> FakeBroker.SILENCE;
        };
    }

    private static String ack(ByteBuffer frame) {
        Ack ack = new Ack().wrap(frame, 0);
        return ack.hasResult()
                ? "ack " + ack.resultContentType() + " " + new String(ack.result(), StandardCharsets.UTF_8)
                : "ack";
    }

    private byte[] reserve(ByteBuffer frame) {
        if (delivered.get() < tasks) {
            long taskId = delivered.incrementAndGet();
            byte[] own = content;
            return own == null
                    ? delivery(Frame.requestId(frame, 0), taskId, leaseMs)
                    : delivery(Frame.requestId(frame, 0), taskId, leaseMs, own);
        }
        // As a broker that has no task: what may wait does.
        return new Reserve().wrap(frame, 0).waitMs() > 0
                ? FakeBroker.SILENCE
                : FakeBroker.nothing(Frame.requestId(frame, 0));
    }

    private byte[] extend(ByteBuffer frame) {
        extended.add(frame.getLong(12));
        if (silentToExtend) {
            return FakeBroker.SILENCE;
        }
        return refusesExtends.get() == null ? state(frame) : refused(frame, refusesExtends.get());
    }

    private byte[] done(String outcome, ByteBuffer frame) {
        outcomes.add(outcome);
        return state(frame);
    }

    private byte[] state(ByteBuffer frame) {
        TaskView view = new TaskView();
        view.cancelRequested = cancels;
        return TaskStateReply.begin(new FrameWriter(), Frame.requestId(frame, 0), view)
                .endVar()
                .end()
                .toBytes();
    }

    static byte[] refused(ByteBuffer frame, @Nullable ErrorCode code) {
        Problem problem = new Problem(java.util.Objects.requireNonNull(code), "refused by the script");
        return ErrorReply.write(new FrameWriter(), Frame.requestId(frame, 0), problem, 0, "")
                .toBytes();
    }

    static byte[] delivery(int requestId, long taskId, int leaseMs) {
        byte[] submit = Submit.write(new FrameWriter(), 0, TaskSpec.type("t").payload("work " + taskId))
                .toBytes();
        return delivery(requestId, taskId, leaseMs, submit);
    }

    static byte[] delivery(int requestId, long taskId, int leaseMs, byte[] submit) {
        int bytes = Delivery.HEADER_BYTES + submit.length;
        ByteBuffer out = ByteBuffer.allocate(Deliveries.PREFIX_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        Deliveries.writePrefix(out, requestId, 1, false, bytes);
        TaskView task = new TaskView();
        task.taskId = taskId;
        task.attempts = 1;
        task.leaseId = taskId;
        Delivery.writeHeader(out, task, leaseMs);
        return out.put(submit).array();
    }
}
