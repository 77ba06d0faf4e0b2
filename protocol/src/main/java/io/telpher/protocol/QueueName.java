package io.telpher.protocol;

import java.nio.ByteBuffer;

/** Names of queues and types: 1-128 of {@code [A-Za-z0-9._-]}, but not {@code .} and {@code ..}. */
public final class QueueName {
    public static final String DEFAULT = "default";
    public static final int CHARS_MAX = 128;

    private QueueName() {}

    public static boolean isValid(String name) {
        boolean valid = !name.isEmpty() && name.length() <= CHARS_MAX && !name.equals(".") && !name.equals("..");
        for (int i = 0; valid && i < name.length(); i++) {
            valid = isAllowed(name.charAt(i));
        }
        return valid;
    }

    public static boolean isValid(ByteBuffer buffer, int offset, int length) {
        boolean valid = length > 0 && length <= CHARS_MAX && !isDots(buffer, offset, length);
        for (int i = 0; valid && i < length; i++) {
            valid = isAllowed((char) (buffer.get(offset + i) & 0xFF));
        }
        return valid;
    }

    /** {@code .} and {@code ..} mean something else in a path. */
    private static boolean isDots(ByteBuffer buffer, int offset, int length) {
        return length <= 2 && buffer.get(offset) == '.' && buffer.get(offset + length - 1) == '.';
    }

    private static boolean isAllowed(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
    }
}
