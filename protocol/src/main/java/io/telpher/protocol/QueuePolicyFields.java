package io.telpher.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A queue's policy as PUT_QUEUE and QUEUE carry it (48 bytes). {@link #UNSET} in a field (and {@code INHERIT} in the enums) leaves it as it is in PUT_QUEUE.
 *
 * @param maxTasks live tasks the queue takes before QUEUE_FULL; 0 = no limit
 * @param factorMillis growth of the backoff in thousandths
 * @param minimumShareNormal percent of deliveries that normal tasks get even while high ones wait; 0 = strict
 * @param minimumShareLow the same for low ones
 */
public record QueuePolicyFields(
        int visibilityTimeoutMs,
        int maxRetries,
        long baseMs,
        long capMs,
        int factorMillis,
        int jitterPercent,
        Backoff backoff,
        OnDisconnect onDisconnect,
        long maxTasks,
        int minimumShareNormal,
        int minimumShareLow) {
    /** Of both minimum shares together. */
    public static final int SHARES_PERCENT_MAX = 90;

    public static final int UNSET = -1;
    private static final int JITTER_UNSET = Submit.JITTER_INHERIT;
    private static final int SHARE_UNSET = 255;
    private static final int BYTES = 48;

    /** Changes nothing. */
    public static final QueuePolicyFields NOTHING = new QueuePolicyFields(
            UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, Backoff.INHERIT, OnDisconnect.INHERIT, UNSET, UNSET, UNSET);

    /** What a queue does when nobody said anything. */
    public static final QueuePolicyFields DEFAULT = new QueuePolicyFields(
            30_000, 3, 1_000, 600_000, 2_000, 20, Backoff.EXPONENTIAL, OnDisconnect.RELEASE, 0, 0, 0);

    FrameWriter write(FrameWriter out) {
        int end = out.size() + BYTES;
        out.i32(visibilityTimeoutMs)
                .i32(maxRetries)
                .i64(baseMs)
                .i64(capMs)
                .i32(factorMillis)
                .u16(jitterPercent == UNSET ? JITTER_UNSET : jitterPercent)
                .u8(backoff.ordinal())
                .u8(onDisconnect.ordinal())
                .i64(maxTasks)
                .u8(minimumShareNormal == UNSET ? SHARE_UNSET : minimumShareNormal)
                .u8(minimumShareLow == UNSET ? SHARE_UNSET : minimumShareLow);
        while (out.size() < end) {
            out.u8(0);
        }
        return out;
    }

    static QueuePolicyFields read(Message from, int at) {
        int jitter = from.u16(at + 28);
        int shareNormal = from.u8(at + 40);
        int shareLow = from.u8(at + 41);
        return new QueuePolicyFields(
                from.i32(at),
                from.i32(at + 4),
                from.i64(at + 8),
                from.i64(at + 16),
                from.i32(at + 24),
                jitter == JITTER_UNSET ? UNSET : jitter,
                Backoff.of(from.u8(at + 30)),
                OnDisconnect.of(from.u8(at + 31)),
                from.i64(at + 32),
                shareNormal == SHARE_UNSET ? UNSET : shareNormal,
                shareLow == SHARE_UNSET ? UNSET : shareLow);
    }

    /** The codes as they stand in the frame: read as a policy, an unknown one is no different from INHERIT. */
    static @Nullable Problem codesProblem(Message from, int at) {
        if (!Backoff.isCode(from.u8(at + 30))) {
            return RetryFields.unknownBackoff(from.u8(at + 30));
        }
        return OnDisconnect.isCode(from.u8(at + 31))
                ? null
                : Problem.bad("on_disconnect code " + from.u8(at + 31) + " is unknown; use release or keep");
    }

    /** These fields where they are set, those of {@code base} elsewhere. */
    public QueuePolicyFields over(QueuePolicyFields base) {
        return new QueuePolicyFields(
                visibilityTimeoutMs == UNSET ? base.visibilityTimeoutMs : visibilityTimeoutMs,
                maxRetries == UNSET ? base.maxRetries : maxRetries,
                baseMs == UNSET ? base.baseMs : baseMs,
                capMs == UNSET ? base.capMs : capMs,
                factorMillis == UNSET ? base.factorMillis : factorMillis,
                jitterPercent == UNSET ? base.jitterPercent : jitterPercent,
                backoff == Backoff.INHERIT ? base.backoff : backoff,
                onDisconnect == OnDisconnect.INHERIT ? base.onDisconnect : onDisconnect,
                maxTasks == UNSET ? base.maxTasks : maxTasks,
                minimumShareNormal == UNSET ? base.minimumShareNormal : minimumShareNormal,
                minimumShareLow == UNSET ? base.minimumShareLow : minimumShareLow);
    }

    /** The same with both minimum shares together at most {@link #SHARES_PERCENT_MAX}: an inherited one gives way, and low before normal. */
    public QueuePolicyFields overWithinShares(QueuePolicyFields base) {
        QueuePolicyFields all = over(base);
        int normal = all.minimumShareNormal;
        int low = all.minimumShareLow;
        if (normal + low <= SHARES_PERCENT_MAX) {
            return all;
        }
        if (minimumShareNormal == UNSET && minimumShareLow != UNSET) {
            normal = SHARES_PERCENT_MAX - low;
        } else {
            low = SHARES_PERCENT_MAX - normal;
        }
        return all.withShares(normal, low);
    }

    private QueuePolicyFields withShares(int normal, int low) {
        return new QueuePolicyFields(
                visibilityTimeoutMs,
                maxRetries,
                baseMs,
                capMs,
                factorMillis,
                jitterPercent,
                backoff,
                onDisconnect,
                maxTasks,
                normal,
                low);
    }

    /** What is wrong with it, also as a part of a whole policy; null when nothing is. */
    public @Nullable Problem problem() {
        int jitterCode = jitterPercent == UNSET ? JITTER_UNSET : jitterPercent;
        Problem problem = RetryFields.problem(maxRetries, backoff.ordinal(), baseMs, capMs, factorMillis, jitterCode);
        if (problem == null && visibilityTimeoutMs != UNSET) {
            problem = Submit.visibilityProblem(visibilityTimeoutMs);
        }
        problem = problem != null ? problem : Message.within("max_tasks", maxTasks, UNSET, Long.MAX_VALUE);
        int shares = Math.max(minimumShareNormal, 0) + Math.max(minimumShareLow, 0);
        return problem != null
                ? problem
                : Message.within("sum of minimum shares (percent)", shares, 0, SHARES_PERCENT_MAX);
    }
}
