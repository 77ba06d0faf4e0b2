package io.telpher.protocol;

/**
 * Why a frame or one of its fields was refused.
 *
 * @param message for people: names the field, the number and the limit
 */
public record Problem(ErrorCode code, String message) {
    static Problem bad(String message) {
        return new Problem(ErrorCode.BAD_REQUEST, message);
    }
}
