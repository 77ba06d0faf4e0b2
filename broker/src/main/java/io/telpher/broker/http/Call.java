package io.telpher.broker.http;

import io.telpher.protocol.FrameWriter;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an HTTP request becomes: a frame for the broker, and how its reply is shown.
 *
 * @param frame writes the frame for a request id
 * @param render turns the reply's frame, which is no ERROR, into a response
 * @param next asked when this one was answered, in whose place its response is then sent
 */
record Call(
        Frame frame,
        Function<ByteBuffer, Answer> render,
        @Nullable Call next) {
    Call(Frame frame, Function<ByteBuffer, Answer> render) {
        this(frame, render, null);
    }

    /** Writes a request's frame. */
    @FunctionalInterface
    interface Frame {
        FrameWriter write(FrameWriter out, int requestId);
    }
}
