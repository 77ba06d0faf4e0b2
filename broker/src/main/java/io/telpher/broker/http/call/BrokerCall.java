package io.telpher.broker.http.call;

import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.live.EventFilter;
import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an HTTP request becomes: a frame for the broker, and how its reply is shown.
 *
 * @param frame writes the frame for a request id
 * @param render turns the reply's frame, which is no ERROR, into a response
 * @param next what is asked when this one was answered, in whose place its response is then sent; null = nothing is
 * @param local answers instead of the partition, null = the partition does
 * @param change what a local answer changes, null = nothing
 * @param events what the connection is told from here on, null = it is no stream
 * @param program what the caller says of itself from here on, null = nothing
 */
public record BrokerCall(
        Frame frame,
        Function<ByteBuffer, Answer> render,
        @Nullable Next next,
        @Nullable Local local,
        @Nullable Change change,
        @Nullable EventFilter events,
        @Nullable Program program) {
    public BrokerCall(Frame frame, Function<ByteBuffer, Answer> render) {
        this(frame, render, null);
    }

    public BrokerCall(Frame frame, Function<ByteBuffer, Answer> render, @Nullable Next next) {
        this(frame, render, next, null, null, null, null);
    }

    /** What an administrator of all queues may do, and the audit log notes. */
    public record Change(String action, String target) {}

    /**
     * For people, as a client of the binary protocol says it in HELLO.
     *
     * @param version of the caller's application, empty when it does not say
     * @param host where it runs, empty when it does not say
     */
    public record Program(String version, String host) {
        public static final Program UNKNOWN = new Program("", "");
    }

    /** Writes a request's frame. */
    @FunctionalInterface
    public interface Frame {
        FrameWriter write(FrameWriter out, int requestId);
    }

    /** Decides by the reply. */
    @FunctionalInterface
    public interface Next {
        /** Null: the reply is rendered, nothing more is asked. */
        @Nullable
        BrokerCall after(ByteBuffer reply);
    }

    /** Knows the answer without asking a partition. */
    @FunctionalInterface
    public interface Local {
        Answer answer(HttpOptions options) throws Refusal;
    }

    public static BrokerCall local(Local local) {
        return new BrokerCall(BrokerCall::nothingToAsk, frame -> Answer.NONE, null, local, null, null, null);
    }

    public static BrokerCall local(Change change, Local local) {
        return new BrokerCall(BrokerCall::nothingToAsk, frame -> Answer.NONE, null, local, change, null, null);
    }

    public BrokerCall saidBy(Program caller) {
        return new BrokerCall(frame, render, next, local, change, events, caller);
    }

    public static BrokerCall stream(EventFilter events) {
        return new BrokerCall(BrokerCall::nothingToAsk, frame -> Answer.NONE, null, null, null, events, null);
    }

    private static FrameWriter nothingToAsk(FrameWriter out, int requestId) {
        throw new IllegalStateException("the partition is not asked");
    }
}
