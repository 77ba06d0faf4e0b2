package io.telpher.protocol.task;

import io.telpher.protocol.TaskState;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.util.Locale;

/** EXPLANATION: why a task is not running, or where it runs, with the figures behind it. */
public final class Explanation extends Message {
    /** The reason. The code is the ordinal. */
    public enum Reason {
        NONE,
        /** Its queue hands out nothing until it is resumed. */
        PAUSED,
        /** Its time has not come. */
        DELAYED,
        /** An attempt failed, the next one waits. */
        BACKOFF,
        /** It could run, but no worker serves its queue. */
        NO_WORKER,
        /** Others are before it. */
        WAITING,
        RUNNING,
        /** It runs, and its worker was asked to stop. */
        CANCELLING,
        COMPLETED,
        DEAD,
        EXPIRED,
        DISCARDED,
        CANCELLED;

        private static final Reason[] BY_CODE = values();

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** {@link #NONE} for one that a newer broker made up. */
        static Reason of(int code) {
            return code < BY_CODE.length ? BY_CODE[code] : NONE;
        }
    }

    public Explanation() {
        super(MessageType.EXPLANATION);
    }

    public Explanation wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public long taskId() {
        return i64(0);
    }

    /** Since when it is as it is, ms since 1970; 0 = not known. */
    public long sinceMs() {
        return i64(8);
    }

    /** Until when: a delay, a backoff, a lease; ms since 1970, 0 = nothing has an end. */
    public long untilMs() {
        return i64(16);
    }

    /** Place in the line, from 1, as things are now; 0 = in no line, -1 = too far back to count. */
    public long position() {
        return i64(24);
    }

    /** At the rate of the last minute, ms until it is its turn; -1 = not known. */
    public long etaMs() {
        return i64(32);
    }

    /** Attempts of its queue that ended within the last minute, a second, in millionths. */
    public double endedPerSecond() {
        return i64(40) / 1e6;
    }

    /** The present attempt or the last one; with {@link #attemptsMax} = 1 + retries. */
    public int attempt() {
        return i32(48);
    }

    public int attemptsMax() {
        return i32(52);
    }

    public Reason reason() {
        return Reason.of(u8(56));
    }

    public TaskState state() {
        return TaskState.of(u8(57));
    }

    /** For people. */
    public String sentence() {
        return string(0);
    }

    public String queue() {
        return string(1);
    }

    /** Empty when none has to do with it. */
    public String worker() {
        return string(2);
    }

    /** Five {@code i64} from sinceMs on, attempt, attemptsMax, {@code u8} reason and state, pad, the three texts and {@code end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, long taskId) {
        return out.begin(MessageType.EXPLANATION, requestId).i64(taskId);
    }
}
