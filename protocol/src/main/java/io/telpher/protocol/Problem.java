package io.telpher.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Why a frame or one of its fields was refused.
 *
 * @param message for people: names the field, the number and the limit
 */
public record Problem(ErrorCode code, String message) {
    public static Problem bad(String message) {
        return new Problem(ErrorCode.BAD_REQUEST, message);
    }

    /** The first problem there is, null when there is none. */
    public static @Nullable Problem first(@Nullable Problem... problems) {
        for (Problem problem : problems) {
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    /** Null when {@code value} is {@code min} to {@code max}. */
    public static @Nullable Problem within(String what, long value, long min, long max) {
        return value >= min && value <= max ? null : bad(what + " is " + value + "; it must be " + min + " to " + max);
    }
}
