package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.telpher.testing.LeakCheck;
import org.junit.jupiter.api.Test;

/** The check that fails a test class which loses buffers, at work. */
class LeakCheckTest {
    @Test
    void shouldWatchEveryTestClass() {
        assertEquals(ResourceLeakDetector.Level.PARANOID, ResourceLeakDetector.getLevel());
        assertTrue(LeakCheck.isWatching());
    }

    @Test
    void shouldFailOnABufferThatNobodyReleased() throws InterruptedException {
        LeakCheck.failOnLeaks("before");
        loseABuffer();
        AssertionError failure = assertThrows(AssertionError.class, () -> LeakCheck.failOnLeaks("here"));
        assertTrue(String.valueOf(failure.getMessage()).startsWith("1 leaks here:\nByteBuf was not released"));
        assertTrue(String.valueOf(failure.getMessage()).contains("loseABuffer"), failure::getMessage);
        LeakCheck.failOnLeaks("after"); // each is told once
    }

    private static void loseABuffer() {
        PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1);
    }
}
