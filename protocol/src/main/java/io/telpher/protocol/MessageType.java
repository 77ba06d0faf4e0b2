package io.telpher.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Every message: its code on the wire, the bytes of its fixed block and the number of its var fields.
 *
 * <p>A reply's code is its command's with the high bit set, but for the shared replies 0x8D-0x8F.
 */
public enum MessageType {
    HELLO(0x01, 8, 4, Kind.SESSION, 8, 2),
    PING(0x02, 0, 0, Kind.SESSION),
    GOAWAY(0x03, 4, 1, Kind.SESSION),

    SUBMIT(0x10, 72, 6, Kind.COMMAND, 64),
    SUBMIT_BATCH(0x11, 4, 1, Kind.COMMAND),
    GET(0x12, 16, 0, Kind.QUERY),
    WAIT(0x13, 16, 0, Kind.QUERY),
    CANCEL(0x14, 8, 0, Kind.COMMAND),
    LIST(0x15, 16, 2, Kind.QUERY),
    SEARCH(0x16, 16, 2, Kind.QUERY),
    RESCHEDULE(0x17, 24, 1, Kind.COMMAND),

    RESERVE(0x20, 80, 2, Kind.COMMAND, 16),
    ACK(0x21, 16, 3, Kind.COMMAND),
    NACK(0x22, 32, 1, Kind.COMMAND),
    RELEASE(0x23, 16, 0, Kind.COMMAND),
    EXTEND(0x24, 24, 0, Kind.COMMAND),
    PROGRESS(0x25, 24, 1, Kind.COMMAND),

    PUT_QUEUE(0x30, 48, 1, Kind.COMMAND),
    GET_QUEUE(0x31, 0, 1, Kind.QUERY),
    LIST_QUEUES(0x32, 8, 1, Kind.QUERY),
    PAUSE_QUEUE(0x33, 8, 3, Kind.COMMAND, 8, 1),
    RESUME_QUEUE(0x34, 0, 1, Kind.COMMAND),
    PURGE_QUEUE(0x35, 24, 1, Kind.COMMAND, 8),
    DELETE_QUEUE(0x36, 24, 1, Kind.COMMAND),
    NOTE_QUEUE(0x37, 0, 3, Kind.COMMAND, 0, 2),

    DLQ_LIST(0x40, 40, 3, Kind.QUERY, 16),
    DLQ_GROUPS(0x41, 24, 3, Kind.QUERY),
    DLQ_REPLAY(0x42, 32, 5, Kind.COMMAND, 16),
    DLQ_DISCARD(0x43, 32, 4, Kind.COMMAND, 16),
    DLQ_RUNS(0x44, 8, 1, Kind.QUERY),
    DLQ_STOP(0x45, 8, 0, Kind.QUERY),

    STATS(0x50, 0, 0, Kind.QUERY),
    SCALE_HINT(0x51, 16, 1, Kind.QUERY),
    WORKERS(0x52, 8, 0, Kind.QUERY),
    HISTORY(0x53, 8, 0, Kind.QUERY),
    SNAPSHOT(0x54, 0, 0, Kind.QUERY),
    WHY(0x56, 8, 0, Kind.QUERY),
    DRAIN_WORKER(0x57, 16, 0, Kind.QUERY),

    /** Pushed to the worker that holds the lease; request id 0. */
    CANCEL_REQUESTED(0x70, 16, 0, Kind.REPLY),

    WELCOME(0x81, 24, 1, Kind.REPLY),
    PONG(0x82, 0, 0, Kind.REPLY),
    COUNTED(0x8D, 24, 0, Kind.REPLY, 8),
    TASK_STATE(0x8E, 40, 1, Kind.REPLY),
    ERROR(0x8F, 8, 2, Kind.REPLY),
    SUBMITTED(0x90, 24, 2, Kind.REPLY),
    BATCH_SUBMITTED(0x91, 16, 1, Kind.REPLY),
    TASK(0x92, 88, 11, Kind.REPLY),
    TASKS(0x95, 32, 1, Kind.REPLY, 16),
    DELIVERIES(0xA0, 8, 1, Kind.REPLY),
    QUEUE(0xB0, 160, 5, Kind.REPLY, 144, 1),
    QUEUES(0xB2, 8, 1, Kind.REPLY),
    DLQ_GROUP(0xC0, 32, 2, Kind.REPLY),
    DLQ_GROUP_LIST(0xC1, 8, 1, Kind.REPLY),
    DLQ_RUN(0xC4, 72, 4, Kind.REPLY),
    DLQ_RUN_LIST(0xC5, 8, 1, Kind.REPLY),
    BROKER_STATS(0xD0, 144, 0, Kind.REPLY, 128),
    SCALE(0xD1, 48, 1, Kind.REPLY),
    WORKER(0xD2, 40, 6, Kind.REPLY, 40, 3),
    WORKER_LIST(0xD3, 8, 1, Kind.REPLY),
    TRANSITION(0xD4, 32, 2, Kind.REPLY),
    TRANSITIONS(0xD5, 24, 1, Kind.REPLY, 16),
    EXPLANATION(0xD6, 64, 3, Kind.REPLY),

    TICK(0xE0, 8, 0, Kind.INTERNAL),
    DISCONNECT(0xE1, 8, 0, Kind.INTERNAL, 0),
    NEW_TERM(0xE2, 40, 0, Kind.INTERNAL),
    SET_RETENTION(0xE3, 8, 0, Kind.INTERNAL),
    RELOCATE(0xE4, 24, 1, Kind.INTERNAL),
    SET_RETAINED_BYTES(0xE5, 8, 0, Kind.INTERNAL),
    WITHDRAW(0xE8, 0, 0, Kind.INTERNAL),
    HAND_OVER(0xE9, 24, 1, Kind.INTERNAL),
    HANDED_OVER(0xEA, 8, 0, Kind.INTERNAL),
    CLOCK(0xEB, 8, 0, Kind.INTERNAL),
    SET_QUEUE_LIMITS(0xEC, 16, 0, Kind.INTERNAL),
    END_WAITS(0xED, 8, 0, Kind.INTERNAL),
    PAYLOAD_UNREADABLE(0xEE, 16, 1, Kind.INTERNAL),
    QUEUE_MAKER(0xEF, 8, 0, Kind.INTERNAL);

    /** Who may send a message and what becomes of it. */
    public enum Kind {
        /** Between a connection and the broker's network side; never journaled, since HELLO carries credentials. */
        SESSION,
        /** Changes state: journaled, then applied. */
        COMMAND,
        /** Reads state. */
        QUERY,
        /** Sent by the broker only. */
        REPLY,
        /** Written into the journal by the broker itself; refused from the network. */
        INTERNAL
    }

    private static final @Nullable MessageType[] BY_CODE = new MessageType[256];

    static {
        for (MessageType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int blockLength;
    private final int blockLengthMin;
    private final int varFields;
    private final int varFieldsMin;
    private final Kind kind;

    MessageType(int code, int blockLength, int varFields, Kind kind) {
        this(code, blockLength, varFields, kind, blockLength);
    }

    /** @param blockLengthMin of the first version of a message whose block has grown since */
    MessageType(int code, int blockLength, int varFields, Kind kind, int blockLengthMin) {
        this(code, blockLength, varFields, kind, blockLengthMin, varFields);
    }

    /** @param varFieldsMin of the first version of a message that has got more of them since */
    MessageType(int code, int blockLength, int varFields, Kind kind, int blockLengthMin, int varFieldsMin) {
        this.code = code;
        this.blockLength = blockLength;
        this.blockLengthMin = blockLengthMin;
        this.varFields = varFields;
        this.varFieldsMin = varFieldsMin;
        this.kind = kind;
    }

    /** The type with this code (0-255), null when there is none. */
    public static @Nullable MessageType of(int code) {
        return BY_CODE[code];
    }

    /** The type of a frame that was validated before. */
    public static MessageType known(int code) {
        MessageType type = BY_CODE[code];
        if (type == null) {
            throw new IllegalStateException("unknown message type 0x" + Integer.toHexString(code));
        }
        return type;
    }

    public int code() {
        return code;
    }

    /** Bytes of the fixed block in this version; a frame may carry more, from a newer sender. */
    public int blockLength() {
        return blockLength;
    }

    /** A frame may carry so few, from a sender that does not know the fields which were added since. */
    public int blockLengthMin() {
        return blockLengthMin;
    }

    public int varFields() {
        return varFields;
    }

    /** Var fields that every frame has. A frame of an older sender may end behind them: later ones read as empty. */
    public int varFieldsMin() {
        return varFieldsMin;
    }

    public Kind kind() {
        return kind;
    }
}
