package io.telpher.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How much is read from a socket at a time: as Netty guesses, but little while more was received than can be taken in. A connection is left unread
 * only after what it was found to have sent; when there are thousands, that adds up.
 *
 * <p>And how long: the others of the same event loop come next after a millisecond, however much more one has sent. What is left is read in the
 * loop's next round.
 */
final class CrowdedReads implements RecvByteBufAllocator {
    private static final int CROWDED_BYTES = 512;

    private static final long TURN_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(1);

    private final RecvByteBufAllocator guesses = new AdaptiveRecvByteBufAllocator();
    private final BooleanSupplier isCrowded;
    private final LongSupplier nanoTime;

    CrowdedReads(BooleanSupplier isCrowded, LongSupplier nanoTime) {
        this.isCrowded = isCrowded;
        this.nanoTime = nanoTime;
    }

    @Override
    @SuppressWarnings("deprecation") // what the transport asks for
    public Handle newHandle() {
        return new Reads((ExtendedHandle) guesses.newHandle());
    }

    @SuppressWarnings("deprecation")
    private final class Reads extends DelegatingHandle implements ExtendedHandle {
        private final ExtendedHandle guess;
        private long turnEndNanos;

        Reads(ExtendedHandle guess) {
            super(guess);
            this.guess = guess;
        }

        @Override
        public void reset(ChannelConfig config) {
            super.reset(config);
            turnEndNanos = nanoTime.getAsLong() + TURN_NANOS_MAX;
        }

        @Override
        public int guess() {
            return isCrowded.getAsBoolean() ? CROWDED_BYTES : guess.guess();
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(guess());
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return guess.continueReading(maybeMore) && nanoTime.getAsLong() - turnEndNanos < 0;
        }
    }
}
