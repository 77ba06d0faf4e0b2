package io.telpher.protocol;

import java.util.concurrent.TimeUnit;

/**
 * What a field may hold at most. All but {@code payloadBytesMax} are part of the protocol.
 *
 * @param payloadBytesMax the broker's {@code limits.max_payload}, also for results
 */
public record Limits(int payloadBytesMax) {
    public static final int PAYLOAD_BYTES_DEFAULT = 1 << 20;
    public static final int PAYLOAD_BYTES_CEILING = 16 << 20;

    /** What a frame may hold beside one payload. */
    public static final int FRAME_OVERHEAD_BYTES = 64 << 10;

    /** A batch or a reply of this size fits even when single payloads are small. */
    public static final int FRAME_BYTES_FLOOR = 4 << 20;

    /** Before authentication. */
    public static final int HELLO_BYTES_MAX = 1 << 10;

    public static final int HEADERS_MAX = 32;
    public static final int HEADERS_BYTES_MAX = 8 << 10;
    public static final int ERROR_BYTES_MAX = 8 << 10;
    public static final int NOTE_BYTES_MAX = 1 << 10;
    public static final int WORKER_NAME_BYTES_MAX = 255;
    public static final int CLIENT_VERSION_BYTES_MAX = 64;

    /** Of the queues' names that a worker is shown with, with their lengths; the broker keeps them for each connection. */
    public static final int WORKER_QUEUES_BYTES_MAX = 1 << 10;

    public static final int HOST_BYTES_MAX = 255;
    /** Of the name of one who does something. */
    public static final int PRINCIPAL_BYTES_MAX = 255;

    public static final int CONTENT_TYPE_BYTES_MAX = 255;
    public static final int IDEMPOTENCY_KEY_BYTES_MAX = 255;
    public static final int MERGE_PATCH_BYTES_MAX = 16 << 10;
    public static final int BATCH_TASKS_MAX = 1000;
    public static final int FOLLOW_UPS_MAX = 1000;
    public static final int RESERVE_MAX = 1000;
    public static final int RESERVE_QUEUES_MAX = 64;
    /** Of a queue in a reserve. */
    public static final int WEIGHT_MAX = 100;

    public static final int RESERVE_WAIT_MS_MAX = 60_000;
    public static final int LIST_MAX = 1000;
    public static final int RETRIES_MAX = 1000;
    public static final int CRASHES_MAX = 250;
    public static final int DISCONNECT_GRACE_MS_MAX = (int) TimeUnit.MINUTES.toMillis(10);
    public static final long DELAY_MS_MAX = TimeUnit.DAYS.toMillis(366);
    public static final int VISIBILITY_TIMEOUT_MS_MIN = 1_000;
    public static final int VISIBILITY_TIMEOUT_MS_MAX = (int) TimeUnit.HOURS.toMillis(12);
    public static final long IDEMPOTENCY_WINDOW_MS_MIN = TimeUnit.MINUTES.toMillis(1);
    public static final long IDEMPOTENCY_WINDOW_MS_MAX = TimeUnit.DAYS.toMillis(7);
    public static final long IDEMPOTENCY_WINDOW_MS_DEFAULT = TimeUnit.HOURS.toMillis(24);
    public static final long BACKOFF_MS_MAX = TimeUnit.DAYS.toMillis(366);
    public static final int FACTOR_MILLIS_MIN = 1_000;
    public static final int FACTOR_MILLIS_MAX = 100_000;

    public static final Limits DEFAULT = new Limits(PAYLOAD_BYTES_DEFAULT);

    public Limits {
        if (payloadBytesMax < 1 || payloadBytesMax > PAYLOAD_BYTES_CEILING) {
            throw new IllegalArgumentException("max_payload must be 1 byte to 16 MiB, not " + payloadBytesMax);
        }
    }

    /** The largest frame either side accepts, its length field included. */
    public int frameBytesMax() {
        return Math.max(payloadBytesMax + FRAME_OVERHEAD_BYTES, FRAME_BYTES_FLOOR);
    }
}
