package io.telpher.protocol.queue;

import io.telpher.protocol.Backoff;
import io.telpher.protocol.OnDisconnect;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A queue's policy as PUT_QUEUE and QUEUE carry it (48 bytes): a value for each {@link PolicyField}, or {@link #UNSET}, which leaves it as it is in PUT_QUEUE.
 * Immutable.
 *
 * <pre>{@code
 * QueuePolicyFields fewer = QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 1);
 * }</pre>
 */
public final class QueuePolicyFields {
    /** Of both minimum shares together. */
    public static final int SHARES_PERCENT_MAX = 90;

    public static final int UNSET = -1;
    private static final int BYTES = 48;
    private static final PolicyField[] FIELDS = PolicyField.values();

    /** Changes nothing. */
    public static final QueuePolicyFields NOTHING = new QueuePolicyFields(unset());

    /** The built-in policy. */
    public static final QueuePolicyFields DEFAULT = new QueuePolicyFields(defaults());

    private final long[] values;

    private QueuePolicyFields(long[] values) {
        this.values = values;
    }

    private static long[] unset() {
        long[] values = new long[FIELDS.length];
        Arrays.fill(values, UNSET);
        return values;
    }

    private static long[] defaults() {
        return Arrays.stream(FIELDS).mapToLong(PolicyField::byDefault).toArray();
    }

    /** The same with another value for this field. */
    public QueuePolicyFields with(PolicyField field, long value) {
        long[] changed = values.clone();
        changed[field.ordinal()] = value;
        return new QueuePolicyFields(changed);
    }

    public QueuePolicyFields with(Backoff backoff) {
        return with(PolicyField.BACKOFF, backoff == Backoff.INHERIT ? UNSET : backoff.ordinal());
    }

    public QueuePolicyFields with(OnDisconnect onDisconnect) {
        return with(PolicyField.ON_DISCONNECT, onDisconnect == OnDisconnect.INHERIT ? UNSET : onDisconnect.ordinal());
    }

    public long get(PolicyField field) {
        return values[field.ordinal()];
    }

    public boolean isSet(PolicyField field) {
        return get(field) != UNSET;
    }

    private int number(PolicyField field) {
        return (int) get(field);
    }

    public int visibilityTimeoutMs() {
        return number(PolicyField.VISIBILITY_TIMEOUT);
    }

    public int maxRetries() {
        return number(PolicyField.MAX_RETRIES);
    }

    public Backoff backoff() {
        return isSet(PolicyField.BACKOFF) ? Backoff.of(number(PolicyField.BACKOFF)) : Backoff.INHERIT;
    }

    public long baseMs() {
        return get(PolicyField.BASE);
    }

    /** Growth of the backoff in thousandths. */
    public int factorMillis() {
        return number(PolicyField.FACTOR);
    }

    public long capMs() {
        return get(PolicyField.CAP);
    }

    public int jitterPercent() {
        return number(PolicyField.JITTER);
    }

    public long maxTasks() {
        return get(PolicyField.MAX_TASKS);
    }

    public OnDisconnect onDisconnect() {
        return isSet(PolicyField.ON_DISCONNECT)
                ? OnDisconnect.of(number(PolicyField.ON_DISCONNECT))
                : OnDisconnect.INHERIT;
    }

    public int disconnectGraceMs() {
        return number(PolicyField.DISCONNECT_GRACE);
    }

    public int maxCrashes() {
        return number(PolicyField.MAX_CRASHES);
    }

    /** 1 = on, 0 = off. */
    public int keyRelease() {
        return number(PolicyField.KEY_RELEASE);
    }

    public int minimumShareLow() {
        return number(PolicyField.MINIMUM_SHARE);
    }

    public int minimumShareNormal() {
        return number(PolicyField.MINIMUM_SHARE_NORMAL);
    }

    FrameWriter write(FrameWriter out) {
        int at = out.size();
        for (int i = 0; i < BYTES; i++) {
            out.u8(0);
        }
        for (PolicyField field : FIELDS) {
            field.write(out, at, get(field));
        }
        return out;
    }

    static QueuePolicyFields read(Message from, int at) {
        long[] values = new long[FIELDS.length];
        for (PolicyField field : FIELDS) {
            values[field.ordinal()] = field.read(from, at);
        }
        return new QueuePolicyFields(values);
    }

    /** These fields where they are set, those of {@code base} elsewhere. */
    public QueuePolicyFields over(QueuePolicyFields base) {
        long[] both = values.clone();
        for (int i = 0; i < both.length; i++) {
            both[i] = both[i] == UNSET ? base.values[i] : both[i];
        }
        return new QueuePolicyFields(both);
    }

    /** These fields where they differ from {@code base}; the others are not set. */
    public QueuePolicyFields beyond(QueuePolicyFields base) {
        long[] different = values.clone();
        for (int i = 0; i < different.length; i++) {
            different[i] = different[i] == base.values[i] ? UNSET : different[i];
        }
        return new QueuePolicyFields(different);
    }

    /** The same with both minimum shares together at most {@link #SHARES_PERCENT_MAX}: an inherited one gives way, and low before normal. */
    public QueuePolicyFields overWithinShares(QueuePolicyFields base) {
        QueuePolicyFields all = over(base);
        int normal = all.minimumShareNormal();
        int low = all.minimumShareLow();
        if (normal + low <= SHARES_PERCENT_MAX) {
            return all;
        }
        return !isSet(PolicyField.MINIMUM_SHARE_NORMAL) && isSet(PolicyField.MINIMUM_SHARE)
                ? all.with(PolicyField.MINIMUM_SHARE_NORMAL, SHARES_PERCENT_MAX - low)
                : all.with(PolicyField.MINIMUM_SHARE, SHARES_PERCENT_MAX - normal);
    }

    /** Why it is refused, also as a part of a whole policy; null when it is valid. */
    public @Nullable Problem problem() {
        for (PolicyField field : FIELDS) {
            Problem problem = field.problem(get(field));
            if (problem != null) {
                return problem;
            }
        }
        int shares = Math.max(minimumShareNormal(), 0) + Math.max(minimumShareLow(), 0);
        return Problem.within("sum of minimum shares (percent)", shares, 0, SHARES_PERCENT_MAX);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof QueuePolicyFields policy && Arrays.equals(values, policy.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    /** The fields that are set, by their names in the configuration. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("QueuePolicyFields[");
        for (PolicyField field : FIELDS) {
            if (isSet(field)) {
                text.append(text.charAt(text.length() - 1) == '[' ? "" : ", ")
                        .append(field.word())
                        .append('=')
                        .append(get(field));
            }
        }
        return text.append(']').toString();
    }
}
