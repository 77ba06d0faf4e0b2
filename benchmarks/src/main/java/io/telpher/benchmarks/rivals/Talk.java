package io.telpher.benchmarks.rivals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One connection's conversation, as bytes: the {@link Crowd} carries them. */
interface Talk {
    /** Where the answer at the buffer's position ends; -1 = not all of it has come. */
    int answerEnd(ByteBuffer received);

    /**
     * What to say next; valid until any talk is asked again.
     *
     * @param answer to what was said last, from position to limit; empty at first
     */
    ByteBuffer next(ByteBuffer answer) throws IOException;

    /** What a broker's client says and understands on many connections. */
    interface Language {
        int port();

        /** What comes before all talk, on a channel that blocks. */
        default void greet(SocketChannel fresh) throws IOException {}

        /**
         * Submits one task after the other.
         *
         * @param confirms has the payloads, and hears when one is confirmed
         */
        Talk producer(Confirms confirms);

        /** Takes one task after the other and acknowledges it. */
        Talk worker(Driver.Sink sink);
    }

    /** What submits. */
    interface Confirms {
        byte[] payload(long nowNanos);

        void confirmed(long submittedNanos);
    }
}
