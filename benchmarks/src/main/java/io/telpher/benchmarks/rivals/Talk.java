package io.telpher.benchmarks.rivals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** One connection's conversation, as bytes: the {@link Crowd} carries them. */
interface Talk {
    /** Where the answer at the buffer's position ends; -1 = not all of it has come. */
    int answerEnd(ByteBuffer received);

    /**
     * What to say next; valid until any talk is asked again.
     *
     * @param answer to what was said last, from position to limit; empty at first
     * @return null when there is no room for another task: it is asked again, with nothing, when there is
     */
    @Nullable
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
        /** For one more task that is submitted and not handled. */
        boolean hasRoom();

        byte[] payload(long nowNanos);

        void confirmed(long submittedNanos);
    }
}
