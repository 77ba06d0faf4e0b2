package io.telpher.protocol;

import org.jspecify.annotations.Nullable;

/** Why a request was refused: the same codes on the binary protocol and over HTTP. */
public enum ErrorCode {
    BAD_REQUEST(1, 400),
    UNAUTHENTICATED(2, 401),
    FORBIDDEN(3, 403),
    TASK_NOT_FOUND(4, 404),
    QUEUE_NOT_FOUND(5, 404),
    TASK_FINAL(6, 409),
    STALE_LEASE(7, 409),
    QUEUE_PAUSED(8, 409),
    TASK_PURGED(9, 410),
    PAYLOAD_TOO_LARGE(10, 413),
    IDEMPOTENCY_MISMATCH(11, 422),
    QUEUE_FULL(12, 429),
    OVERLOADED(13, 503),
    DISK_FULL(14, 503),
    DRAINING(15, 503),
    WORKER_NOT_FOUND(16, 404),
    NOT_LEADER(17, 503),
    QUEUE_LIMIT(18, 429),
    MEMORY_FULL(19, 503),
    /** Only over HTTP, of a request that a node has handed to another one: it may have taken effect. */
    OUTCOME_UNKNOWN(20, 502);

    /** By number, of which not every one is given. */
    private static final @Nullable ErrorCode[] BY_CODE = new ErrorCode[values()[values().length - 1].code + 1];

    static {
        for (ErrorCode error : values()) {
            BY_CODE[error.code] = error;
        }
    }

    private final int code;
    private final int httpStatus;

    ErrorCode(int code, int httpStatus) {
        this.code = code;
        this.httpStatus = httpStatus;
    }

    /** The error with this number; null for one that a newer broker made up. */
    public static @Nullable ErrorCode of(int code) {
        return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    public int code() {
        return code;
    }

    public int httpStatus() {
        return httpStatus;
    }

    /** True when the same request may succeed later, unchanged. */
    public boolean retryable() {
        return this == QUEUE_FULL
                || this == QUEUE_LIMIT
                || this == OVERLOADED
                || this == DISK_FULL
                || this == MEMORY_FULL
                || this == DRAINING
                || this == NOT_LEADER;
    }
}
