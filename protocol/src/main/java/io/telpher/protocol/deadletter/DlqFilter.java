package io.telpher.protocol.deadletter;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Message;
import org.jspecify.annotations.Nullable;

/**
 * Which dead tasks are meant. An empty text and a time of 0 match any.
 *
 * <pre>{@code
 * DlqFilter refused = new DlqFilter("mail", "", "connection refused");
 * telpher.operations().replay(refused, new DlqReplay.Options(0, 50, false)); // all, 50 a second
 * }</pre>
 *
 * @param error a part of the last error's text, or what it looks like
 * @param errorIsFingerprint whether numbers, ids and hex make no difference: the error's first line is meant as a whole
 * @param diedAfterMs dead since then or later, ms since 1970
 * @param diedBeforeMs dead since before then, ms since 1970
 */
public record DlqFilter(
        String queue, String taskType, String error, boolean errorIsFingerprint, long diedAfterMs, long diedBeforeMs) {
    public static final DlqFilter ANY = new DlqFilter("", "", "");

    /** @param errorContains a part of the last error's text */
    public DlqFilter(String queue, String taskType, String errorContains) {
        this(queue, taskType, errorContains, false, 0, 0);
    }

    public static DlqFilter queue(String queue) {
        return new DlqFilter(queue, "", "");
    }

    /** Only those whose error is of this kind, in place of what was said about errors before. */
    public DlqFilter likeError(String errorOrFingerprint) {
        return new DlqFilter(queue, taskType, errorOrFingerprint, true, diedAfterMs, diedBeforeMs);
    }

    /** Only those that died then; 0 = since ever, until now. */
    public DlqFilter died(long afterMs, long beforeMs) {
        return new DlqFilter(queue, taskType, error, errorIsFingerprint, afterMs, beforeMs);
    }

    /** The filter's texts are the first three var fields of every message that has one. */
    static DlqFilter of(Message message, boolean errorIsFingerprint, int timesOffset) {
        return new DlqFilter(
                message.string(0),
                message.string(1),
                message.string(2),
                errorIsFingerprint,
                message.i64(timesOffset),
                message.i64(timesOffset + Long.BYTES));
    }

    static @Nullable Problem problem(Message message) {
        return Problem.first(
                message.nameOrEmpty(0, "queue"),
                message.nameOrEmpty(1, "type"),
                message.atMost(2, "error filter", Limits.NOTE_BYTES_MAX));
    }
}
