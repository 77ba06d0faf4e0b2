package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // what the transport asks for
class CrowdedReadsTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private boolean isCrowded;

    private final ExtendedHandle reads = (ExtendedHandle) new CrowdedReads(() -> isCrowded).newHandle();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void shouldLetOthersOfTheLoopHaveTheirTurnAfterARead() {
        reads.reset(channel.config());
        reads.incMessagesRead(1);
        reads.attemptedBytesRead(2048);
        reads.lastBytesRead(2048);
        assertFalse(reads.continueReading(() -> true));
    }

    @Test
    void shouldReadLittleAtATimeWhileItIsCrowded() {
        assertTrue(reads.guess() > 512);
        isCrowded = true;
        assertEquals(512, reads.guess());
    }
}
