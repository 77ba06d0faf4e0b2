package io.telpher.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a producer asks for: the content of one SUBMIT. Starts with the defaults; every setter returns this. Not thread-safe; may
 * be submitted again. Limits are checked by the broker, whose refusal (BAD_REQUEST, PAYLOAD_TOO_LARGE) says which it was, and, for an early answer, by {@code Submit.problem}.
 *
 * <pre>{@code
 * TaskSpec task = TaskSpec.type("mail").queue("post").payload("hello").idempotencyKey("order-17").delayMs(60_000).maxRetries(5);
 * }</pre>
 */
public final class TaskSpec {
    /** In a numeric field: whatever the queue's policy says. */
    public static final int INHERIT = -1;

    private final String type;
    private String queue = QueueName.DEFAULT;
    private ByteBuffer payload = ByteBuffer.allocate(0);
    private String contentType = "";
    private String idempotencyKey = "";
    private final Map<String, String> headers = new LinkedHashMap<>();
    private Priority priority = Priority.NORMAL;
    private long delayMs;
    private long runAtMs;
    private long expiresAtMs;
    private long expiresInMs;
    private long idempotencyWindowMs;
    private int visibilityTimeoutMs;
    private int maxRetries = INHERIT;
    private Backoff backoff = Backoff.INHERIT;
    private long baseMs = INHERIT;
    private long capMs = INHERIT;
    private int factorMillis = INHERIT;
    private int jitterPercent = INHERIT;

    private TaskSpec(String type) {
        this.type = type;
    }

    /** A task of this type: 1-128 of {@code [A-Za-z0-9._-]}. */
    public static TaskSpec type(String type) {
        return new TaskSpec(type);
    }

    /** One like this, to be changed on its own; the payload's bytes are shared. */
    public TaskSpec copy() {
        TaskSpec copy = new TaskSpec(type);
        copy.queue = queue;
        copy.payload = payload;
        copy.contentType = contentType;
        copy.idempotencyKey = idempotencyKey;
        copy.headers.putAll(headers);
        copy.priority = priority;
        copy.delayMs = delayMs;
        copy.runAtMs = runAtMs;
        copy.expiresAtMs = expiresAtMs;
        copy.expiresInMs = expiresInMs;
        copy.idempotencyWindowMs = idempotencyWindowMs;
        copy.visibilityTimeoutMs = visibilityTimeoutMs;
        copy.maxRetries = maxRetries;
        copy.backoff = backoff;
        copy.baseMs = baseMs;
        copy.capMs = capMs;
        copy.factorMillis = factorMillis;
        copy.jitterPercent = jitterPercent;
        return copy;
    }

    /** Where it waits; 1-128 of {@code [A-Za-z0-9._-]}, {@code default} unless given. The first submit makes the queue. */
    public TaskSpec queue(String name) {
        queue = name;
        return this;
    }

    /** What its handler is given, at most the broker's {@code limits.max_payload} (1 MiB). Not copied: leave them alone until the submit is done. */
    public TaskSpec payload(byte[] bytes) {
        return payload(ByteBuffer.wrap(bytes));
    }

    /** The text as UTF-8. */
    public TaskSpec payload(String text) {
        return payload(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The remaining bytes, not copied: leave them alone until the submit is done. */
    public TaskSpec payload(ByteBuffer bytes) {
        payload = bytes;
        return this;
    }

    /** Of the payload, as in {@code application/json}; at most 255 bytes. */
    public TaskSpec contentType(String mediaType) {
        contentType = mediaType;
        return this;
    }

    /** One task per key and queue; at most 255 bytes. */
    public TaskSpec idempotencyKey(String key) {
        idempotencyKey = key;
        return this;
    }

    /** How long after the submit the key is remembered: 1 min to 7 d; 0 = 24 h. */
    public TaskSpec idempotencyWindowMs(long windowMs) {
        idempotencyWindowMs = windowMs;
        return this;
    }

    /** Goes to the handler with the task; at most 32, 8 KiB together. The same name again takes the place of the one before. */
    public TaskSpec header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** Which of the ready tasks of its queue come first; normal unless given. */
    public TaskSpec priority(Priority value) {
        priority = value;
        return this;
    }

    /** Milliseconds from acceptance until it may run; at most a year. */
    public TaskSpec delayMs(long ms) {
        delayMs = ms;
        return this;
    }

    /** Milliseconds since 1970 on the broker's clock. */
    public TaskSpec runAtMs(long epochMs) {
        runAtMs = epochMs;
        return this;
    }

    /** Milliseconds since 1970; a task that has not started by then is EXPIRED. */
    public TaskSpec expiresAtMs(long epochMs) {
        expiresAtMs = epochMs;
        return this;
    }

    /**
     * Milliseconds from acceptance; a task that has not started by then is EXPIRED. At most a year; 0 = never. The broker measures it, so the clock of
     * this machine does not count, and a repeated submit with another value is still the same submit.
     */
    public TaskSpec expiresInMs(long ms) {
        expiresInMs = ms;
        return this;
    }

    /** Length of a lease, 1 s to 12 h; 0 = the queue's. */
    public TaskSpec visibilityTimeoutMs(int ms) {
        visibilityTimeoutMs = ms;
        return this;
    }

    /** 0-1000; {@link #INHERIT} = the queue's. */
    public TaskSpec maxRetries(int retries) {
        maxRetries = retries;
        return this;
    }

    /** Waits between attempts: base, base x factor, ... up to cap; factor in thousandths, jitter in percent. */
    public TaskSpec backoff(Backoff kind, long base, long cap, int factorInMillis, int jitterInPercent) {
        backoff = kind;
        baseMs = base;
        capMs = cap;
        factorMillis = factorInMillis;
        jitterPercent = jitterInPercent;
        return this;
    }

    /** What kind of work it is. */
    public String type() {
        return type;
    }

    /** Where it is to wait. */
    public String queue() {
        return queue;
    }

    /** A view, in the order in which they were given. */
    public Map<String, String> headers() {
        return Collections.unmodifiableMap(headers);
    }

    /** Empty = none. */
    public String idempotencyKey() {
        return idempotencyKey;
    }

    /** 0 = 24 h. */
    public long idempotencyWindowMs() {
        return idempotencyWindowMs;
    }

    /** Empty = unknown. */
    public String contentType() {
        return contentType;
    }

    /** Size of the payload. */
    public int payloadBytes() {
        return payload.remaining();
    }

    /** A view of the payload's bytes, which are not copied. */
    public ByteBuffer payload() {
        return payload.duplicate();
    }

    public Priority priority() {
        return priority;
    }

    /** From acceptance; 0 = none. */
    public long delayMs() {
        return delayMs;
    }

    /** Since 1970; 0 = at once. */
    public long runAtMs() {
        return runAtMs;
    }

    /** Since 1970; 0 = never. */
    public long expiresAtMs() {
        return expiresAtMs;
    }

    /** From acceptance; 0 = never. */
    public long expiresInMs() {
        return expiresInMs;
    }

    /** 0 = the queue's. */
    public int visibilityTimeoutMs() {
        return visibilityTimeoutMs;
    }

    /** Or {@link #INHERIT}. */
    public int maxRetries() {
        return maxRetries;
    }

    public Backoff backoff() {
        return backoff;
    }

    /** Of the backoff, or {@link #INHERIT}. */
    public long baseMs() {
        return baseMs;
    }

    /** Of the backoff, or {@link #INHERIT}. */
    public long capMs() {
        return capMs;
    }

    /** Of the backoff, in thousandths, or {@link #INHERIT}. */
    public int factorMillis() {
        return factorMillis;
    }

    /** Of the backoff, or {@link #INHERIT}. */
    public int jitterPercent() {
        return jitterPercent;
    }
}
