package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // what the transport asks for
class CrowdedReadsTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private boolean isCrowded;
    private long nanos;

    private final ExtendedHandle reads = (ExtendedHandle) new CrowdedReads(() -> isCrowded, () -> nanos).newHandle();

    @BeforeEach
    void allowAsManyAsSocketsDo() {
        channel.config().setMaxMessagesPerRead(16);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private boolean goesOnAfterARead() {
        reads.incMessagesRead(1);
        reads.attemptedBytesRead(2048);
        reads.lastBytesRead(2048);
        return reads.continueReading(() -> true);
    }

    @Test
    void shouldLetOthersHaveTheirTurnAfterAMillisecond() {
        reads.reset(channel.config());
        assertTrue(goesOnAfterARead());
        nanos += TimeUnit.MILLISECONDS.toNanos(1) - 1;
        assertTrue(goesOnAfterARead());
        nanos += 1;
        assertFalse(goesOnAfterARead());
        reads.reset(channel.config());
        assertTrue(goesOnAfterARead());
    }

    @Test
    void shouldReadLittleAtATimeWhileItIsCrowded() {
        assertTrue(reads.guess() > 512);
        isCrowded = true;
        assertEquals(512, reads.guess());
    }
}
