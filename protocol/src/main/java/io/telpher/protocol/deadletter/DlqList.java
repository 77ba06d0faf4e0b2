package io.telpher.protocol.deadletter;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DLQ_LIST: dead tasks, the longest dead first. Answered by TASKS. */
public final class DlqList extends Message {
    private static final int TIMES = 16;
    private static final int AFTER_PLACE = 32;

    public DlqList() {
        super(MessageType.DLQ_LIST);
    }

    public DlqList wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, Page page, DlqFilter filter) {
        return out.begin(MessageType.DLQ_LIST, requestId)
                .i64(page.afterTaskId())
                .i32(page.limit())
                .u8(filter.errorIsFingerprint() ? 1 : 0)
                .u8(page.withPayload() ? 1 : 0)
                .u16(0)
                .i64(filter.diedAfterMs())
                .i64(filter.diedBeforeMs())
                .i64(page.afterPlace())
                .var(filter.queue())
                .var(filter.taskType())
                .exact(filter.error())
                .end();
    }

    /**
     * Which part of the list is wanted, and how much of each task.
     *
     * @param afterTaskId where the page before ended, as it said; 0 = from the first
     * @param afterPlace of that task in the order of deaths, as the page before said: it stays one when the task is not dead any more. 0 = where the task is now
     * @param limit 1-1000
     * @param withPayload payloads and headers too
     */
    public record Page(long afterTaskId, long afterPlace, int limit, boolean withPayload) {
        public Page(int limit, boolean withPayload) {
            this(0, 0, limit, withPayload);
        }
    }

    public Page page() {
        return new Page(i64(0), i64(AFTER_PLACE), i32(8), u8(13) != 0);
    }

    public DlqFilter filter() {
        return DlqFilter.of(this, u8(12) != 0, TIMES);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        return Problem.first(Problem.within("limit", i32(8), 1, Limits.LIST_MAX), DlqFilter.problem(this));
    }
}
