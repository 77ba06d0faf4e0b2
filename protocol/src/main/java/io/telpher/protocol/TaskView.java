package io.telpher.protocol;

import java.util.Map;

/** A task as GET, WAIT and LIST show it: a plain carrier, filled by the broker or read from a TASK frame. Times: ms since 1970, 0 = none. */
public final class TaskView {
    public long taskId;
    public long createdAtMs;
    public long startedAtMs;
    public long finishedAtMs;
    /** When a pending task that waits for its time can run. */
    public long nextRunAtMs;

    public long expiresAtMs;
    public long leaseDeadlineMs;
    /** Not part of TASK frames: only its holder learns it. */
    public long leaseId;

    public int attempts;
    public int crashes;
    public int replays;
    public int maxRetries;
    public int visibilityTimeoutMs;
    public int payloadBytes;
    public TaskState state = TaskState.NONE;
    public Priority priority = Priority.NORMAL;
    /** The disk does not give back payload, headers, content type and key, so they are empty. */
    public boolean payloadUnreadable;
    /** The disk does not give back the result. */
    public boolean resultUnreadable;

    public DeadReason deadReason = DeadReason.NONE;
    public boolean cancelRequested;
    public int progress;
    public String queue = "";
    public String type = "";
    public String contentType = "";
    public String idempotencyKey = "";
    /** Empty unless asked for, like {@link #payload}. */
    public Map<String, String> headers = Map.of();

    public byte[] payload = new byte[0];
    public Result result = Result.NONE;
    public String lastError = "";
    public String progressNote = "";
    public String worker = "";
}
