package io.telpher.protocol.queue;

import io.telpher.protocol.Priority;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** QUEUE: one queue's policy and counts. */
public final class Queue extends Message {
    private static final int PAUSED = 1;
    private static final int REFUSES_SUBMITS = 2;
    private static final int COUNTS = 48;

    public Queue() {
        super(MessageType.QUEUE);
    }

    public Queue wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, QueueView queue) {
        queue.policy.write(out.begin(MessageType.QUEUE, requestId));
        for (long ready : queue.ready) {
            out.i64(ready);
        }
        return out.i64(queue.scheduled)
                .i64(queue.retryWait)
                .i64(queue.active)
                .i64(queue.dead)
                .i64(queue.oldestReadyAgeMs)
                .i64(queue.submitted)
                .i64(queue.completed)
                .i32(queue.waiters)
                .u8((queue.paused ? PAUSED : 0) | (queue.refusesSubmits ? REFUSES_SUBMITS : 0))
                .u8(0)
                .u16(0)
                .i64(queue.died)
                .i64(queue.pausedAtMs)
                .i64(queue.notedAtMs)
                .var(queue.name)
                .var(queue.pauseReason)
                .var(queue.pausedBy)
                .var(queue.note)
                .var(queue.notedBy)
                .end();
    }

    public QueueView view() {
        QueueView view = new QueueView();
        view.policy = QueuePolicyFields.read(this, 0);
        for (int i = 0; i < Priority.COUNT; i++) {
            view.ready[i] = i64(COUNTS + i * Long.BYTES);
        }
        view.scheduled = i64(COUNTS + 24);
        view.retryWait = i64(COUNTS + 32);
        view.active = i64(COUNTS + 40);
        view.dead = i64(COUNTS + 48);
        view.oldestReadyAgeMs = i64(COUNTS + 56);
        view.submitted = i64(COUNTS + 64);
        view.completed = i64(COUNTS + 72);
        view.died = i64(COUNTS + 88);
        view.waiters = i32(COUNTS + 80);
        view.paused = (u8(COUNTS + 84) & PAUSED) != 0;
        view.refusesSubmits = (u8(COUNTS + 84) & REFUSES_SUBMITS) != 0;
        view.pausedAtMs = i64(COUNTS + 96);
        view.notedAtMs = i64(COUNTS + 104);
        view.name = string(0);
        view.pauseReason = string(1);
        view.pausedBy = string(2);
        view.note = string(3);
        view.notedBy = string(4);
        return view;
    }
}
