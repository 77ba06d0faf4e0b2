package io.telpher.protocol.task;

import io.telpher.protocol.DeadReason;
import io.telpher.protocol.Priority;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** TASK: one task as it stands. */
public final class Task extends Message {
    private static final int CANCEL_REQUESTED = 1;
    private static final int HAS_RESULT = 2;
    private static final int PAYLOAD_UNREADABLE = 4;
    private static final int RESULT_UNREADABLE = 8;

    public Task() {
        super(MessageType.TASK);
    }

    public Task wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, TaskView task) {
        int flags = (task.cancelRequested ? CANCEL_REQUESTED : 0)
                | (task.result.isPresent() ? HAS_RESULT : 0)
                | (task.payloadUnreadable ? PAYLOAD_UNREADABLE : 0)
                | (task.resultUnreadable ? RESULT_UNREADABLE : 0);
        out.begin(MessageType.TASK, requestId)
                .i64(task.taskId)
                .i64(task.createdAtMs)
                .i64(task.startedAtMs)
                .i64(task.finishedAtMs)
                .i64(task.nextRunAtMs)
                .i64(task.expiresAtMs)
                .i64(task.leaseDeadlineMs)
                .i32(task.attempts)
                .i32(task.crashes)
                .i32(task.replays)
                .i32(task.maxRetries)
                .i32(task.visibilityTimeoutMs)
                .u8(task.state.code())
                .u8(task.priority.ordinal())
                .u8(flags)
                .u8(task.progress)
                .i32(task.payloadBytes)
                .u8(task.deadReason.ordinal())
                .pad();
        return writeVarFields(out, task).end();
    }

    private static FrameWriter writeVarFields(FrameWriter out, TaskView task) {
        out.var(task.queue).var(task.type).var(task.contentType).var(task.idempotencyKey);
        out.beginVar();
        task.headers.forEach((name, value) -> out.element(name).element(value));
        return out.endVar()
                .var(task.payload)
                .var(task.result.contentType())
                .var(task.result.bytes())
                .var(task.lastError)
                .var(task.progressNote)
                .var(task.worker);
    }

    public long taskId() {
        return i64(0);
    }

    /** Everything at once, copied. */
    public TaskView view() {
        TaskView view = new TaskView();
        view.taskId = i64(0);
        view.createdAtMs = i64(8);
        view.startedAtMs = i64(16);
        view.finishedAtMs = i64(24);
        view.nextRunAtMs = i64(32);
        view.expiresAtMs = i64(40);
        view.leaseDeadlineMs = i64(48);
        view.attempts = i32(56);
        view.crashes = i32(60);
        view.replays = i32(64);
        view.maxRetries = i32(68);
        view.visibilityTimeoutMs = i32(72);
        view.state = TaskState.of(u8(76));
        view.priority = Priority.of(u8(77));
        view.cancelRequested = (u8(78) & CANCEL_REQUESTED) != 0;
        view.payloadUnreadable = (u8(78) & PAYLOAD_UNREADABLE) != 0;
        view.resultUnreadable = (u8(78) & RESULT_UNREADABLE) != 0;
        view.progress = u8(79);
        view.payloadBytes = i32(80);
        view.deadReason = DeadReason.of(u8(84));
        readVarFields(view);
        return view;
    }

    private void readVarFields(TaskView view) {
        view.queue = string(0);
        view.type = string(1);
        view.contentType = string(2);
        view.idempotencyKey = string(3);
        view.headers = Elements.pairs(buffer(), varOffset(4), varLength(4));
        view.payload = bytes(5);
        if ((u8(78) & HAS_RESULT) != 0) {
            view.result = Result.of(string(6), bytes(7));
        }
        view.lastError = string(8);
        view.progressNote = string(9);
        view.worker = string(10);
    }
}
