package io.telpher.protocol;

import java.nio.ByteBuffer;

/**
 * What a handler returned.
 *
 * <pre>{@code
 * telpher.worker("math").start(task -> Result.of("application/json", "{\"sum\":42}".getBytes(UTF_8)));
 * }</pre>
 *
 * @param contentType empty when unknown
 * @param bytes the remaining ones count
 * @param isPresent false when the task gave no result, which differs from one of 0 bytes
 */
public record Result(String contentType, ByteBuffer bytes, boolean isPresent) {
    /** No result: the task is done, and that is all. */
    public static final Result NONE = new Result("", ByteBuffer.allocate(0), false);

    /** At most the broker's {@code limits.max_payload}; the bytes are not copied. */
    public static Result of(String contentType, byte[] bytes) {
        return new Result(contentType, ByteBuffer.wrap(bytes), true);
    }
}
