package io.telpher.benchmarks.rivals;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Work through one broker's client, in one queue. */
interface Driver extends AutoCloseable {
    /** Producer with a connection of its own; used by one thread at a time. */
    interface Submitter extends AutoCloseable {
        /** Completes when the server has confirmed the task. */
        CompletableFuture<?> submit(byte[] payload) throws Exception;

        /** Sends what is buffered: called before the caller waits. */
        default void flush() throws Exception {}
    }

    /** One task after the other, on connections of its own. */
    interface OneByOne extends AutoCloseable {
        /** Submits one, waits for the confirm, has it delivered and acknowledged. */
        void trip(byte[] payload) throws Exception;
    }

    /** What workers tell; called by many threads. */
    interface Sink {
        /** A task is in a handler's hands. */
        void started(byte[] payload);

        /** As many have been handled and acknowledged; where the client doesn't wait for that answer, the acks were sent. */
        void done(int tasks);

        void failed(Throwable cause);
    }

    /**
     * What workers do.
     *
     * @param connections of workers
     * @param slots of each: tasks that it has in its hands at once, at most
     * @param holdMs how long a handler takes; 0 = nothing
     */
    record Work(int connections, int slots, long holdMs, Sink sink) {}

    /** Makes the queue if there is none. */
    void prepare() throws Exception;

    Submitter submitter() throws Exception;

    /** How one thread can hold many connections, without the client; null when that is not known, and each has a client of its own. */
    default Talk.@Nullable Language talks() {
        return null;
    }

    /** Workers that take tasks until this is closed. */
    AutoCloseable work(Work work) throws Exception;

    OneByOne oneByOne() throws Exception;

    /** Tasks that are ready, as the server counts them. */
    long waiting() throws Exception;
}
