package io.telpher.protocol.deadletter;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.util.Locale;

/** DLQ_RUN: a replay that takes a while, and how far it is. */
public final class DlqRun extends Message {
    private static final String ID_PREFIX = "r-";

    /** Where a run stands. The code is the ordinal. */
    public enum State {
        NONE,
        /** Finding out which tasks are meant. */
        LOOKING,
        /** The first few are replayed; the rest waits until all of them have completed. */
        CANARY,
        RUNNING,
        /** Replayed all it meant. */
        DONE,
        /** By an operator. */
        STOPPED,
        /** One of the first few failed again; the rest was left dead. */
        CANARY_FAILED,
        /** The broker stopped meanwhile; the rest was left dead. */
        INTERRUPTED;

        private static final State[] BY_CODE = values();

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public boolean isOver() {
            return ordinal() >= DONE.ordinal();
        }

        /** {@link #NONE} for one that a newer broker made up. */
        static State of(int code) {
            return code < BY_CODE.length ? BY_CODE[code] : NONE;
        }
    }

    public DlqRun() {
        super(MessageType.DLQ_RUN);
    }

    public DlqRun wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public long runId() {
        return i64(0);
    }

    /** Milliseconds since 1970. */
    public long startedAtMs() {
        return i64(8);
    }

    /** Milliseconds since 1970; 0 = it is not over. */
    public long endedAtMs() {
        return i64(16);
    }

    /** Tasks that it means. */
    public long matched() {
        return i64(24);
    }

    public long replayed() {
        return i64(32);
    }

    /** Of those it means, tasks that were not dead any more when their turn came. */
    public long skipped() {
        return i64(40);
    }

    /** 0 = as fast as it goes. */
    public int ratePerSecond() {
        return i32(48);
    }

    public int canary() {
        return i32(52);
    }

    public int canaryCompleted() {
        return i32(56);
    }

    public int canaryFailed() {
        return i32(60);
    }

    public State state() {
        return State.of(u8(64));
    }

    public boolean errorIsFingerprint() {
        return u8(65) != 0;
    }

    public String queue() {
        return string(0);
    }

    public String taskType() {
        return string(1);
    }

    /** The filter's error: a part of the text, or a fingerprint. */
    public String error() {
        return string(2);
    }

    /** Why it ended, for people. */
    public String note() {
        return string(3);
    }

    /** Eight numbers up to {@code canaryFailed} are given as they lie in the block; {@code u8} state and fingerprint flag, pad, the four texts and {@code end()} follow. */
    public static FrameWriter begin(FrameWriter out, int requestId, long runId) {
        return out.begin(MessageType.DLQ_RUN, requestId).i64(runId);
    }

    /** As people see it: {@code r-} and hex. */
    public static String format(long runId) {
        return ID_PREFIX + Long.toHexString(runId);
    }

    /** @throws IllegalArgumentException when it is no such text */
    public static long parse(String text) {
        try {
            if (text.startsWith(ID_PREFIX)) {
                return Long.parseUnsignedLong(text.substring(ID_PREFIX.length()), 16);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a replay; they look like r-1", e);
        }
        throw new IllegalArgumentException("\"" + text + "\" is not a replay; they look like r-1");
    }
}
