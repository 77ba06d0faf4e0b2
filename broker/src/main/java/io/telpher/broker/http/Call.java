package io.telpher.broker.http;

import io.telpher.protocol.FrameWriter;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * What an HTTP request becomes: a frame for the broker, and how its reply is shown.
 *
 * @param frame writes the frame for a request id
 * @param render turns the reply's frame, which is no ERROR, into a response
 */
record Call(Frame frame, Function<ByteBuffer, Answer> render) {
    /** Writes a request's frame. */
    @FunctionalInterface
    interface Frame {
        FrameWriter write(FrameWriter out, int requestId);
    }
}
