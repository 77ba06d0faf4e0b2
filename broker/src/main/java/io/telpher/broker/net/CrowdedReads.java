package io.telpher.broker.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.function.BooleanSupplier;

/**
 * How much is read from a socket at a time: as Netty guesses, but little while more was received than can be taken in. A connection is left unread
 * only after what it was found to have sent; when there are thousands, that adds up.
 *
 * <p>A socket is read once in a round of its event loop, however much more there is: then the loop's other connections have their turn.
 */
final class CrowdedReads implements RecvByteBufAllocator {
    private static final int CROWDED_BYTES = 512;

    private final RecvByteBufAllocator guesses = new AdaptiveRecvByteBufAllocator();
    private final BooleanSupplier isCrowded;

    CrowdedReads(BooleanSupplier isCrowded) {
        this.isCrowded = isCrowded;
    }

    @Override
    @SuppressWarnings("deprecation") // what the transport asks for
    public Handle newHandle() {
        return new Reads((ExtendedHandle) guesses.newHandle());
    }

    @SuppressWarnings("deprecation")
    private final class Reads extends DelegatingHandle implements ExtendedHandle {
        private final ExtendedHandle guess;

        Reads(ExtendedHandle guess) {
            super(guess);
            this.guess = guess;
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
            return guess.continueReading(maybeMore);
        }
    }
}
