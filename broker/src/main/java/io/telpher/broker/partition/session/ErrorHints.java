package io.telpher.broker.partition.session;

import io.telpher.protocol.ErrorCode;

/** The way out that goes with each error. */
public final class ErrorHints {
    private ErrorHints() {}

    public static String of(ErrorCode code) {
        return switch (code) {
            case BAD_REQUEST -> "correct the named field and send it again";
            case UNAUTHENTICATED -> "give a token: TELPHER_TOKEN, or tq://token@host";
            case FORBIDDEN -> "use a token whose role allows this";
            case TASK_NOT_FOUND -> "check the id; this broker never gave it";
            case QUEUE_NOT_FOUND -> "check the name; a queue is made by its first submit or policy";
            case TASK_FINAL -> "nothing was changed; get the task to see how it ended";
            case STALE_LEASE -> "drop this attempt: the task was given to someone else or is done";
            case QUEUE_PAUSED -> "resume the queue, or submit later";
            case TASK_PURGED -> "its retention is over; keep results elsewhere or set retention longer";
            case PAYLOAD_TOO_LARGE -> "keep large data elsewhere and submit a reference, or raise limits.max_payload";
            case IDEMPOTENCY_MISMATCH -> "use another idempotency key for other content";
            case QUEUE_FULL -> "wait for workers to catch up, or raise the queue's max_tasks";
            case QUEUE_LIMIT -> "delete unused queues, or raise limits.max_queues or max_queues_per_client";
            case OVERLOADED -> "send less at a time, or try again later";
            case DISK_FULL -> "free space in journal.dir; acks still work and submits resume by themselves";
            case MEMORY_FULL ->
                "acks still work and submits resume by themselves; a larger heap (-Xmx) holds more tasks";
            case WORKER_NOT_FOUND ->
                "list the workers; a connection that is gone has another session when it comes back";
            case NOT_LEADER -> "connect to the node that leads; give the client the addresses of all nodes";
            case OUTCOME_UNKNOWN ->
                "look whether it took effect before sending it again; with an Idempotency-Key a submit can be sent again";
            case DRAINING -> "the broker is stopping; connect again in a moment";
        };
    }
}
