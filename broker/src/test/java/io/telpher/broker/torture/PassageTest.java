package io.telpher.broker.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.telpher.broker.torture.FaultProxy.Weather;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes on their way through the proxy, under a clock that stands. */
class PassageTest {
    private final EmbeddedChannel from = new EmbeddedChannel();
    private final EmbeddedChannel to = new EmbeddedChannel();
    private final Passage passage = new Passage(from, to);

    @BeforeEach
    void freeze() {
        from.freezeTime();
    }

    @AfterEach
    void close() {
        from.finishAndReleaseAll();
        to.finishAndReleaseAll();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private String arrived() {
        StringBuilder text = new StringBuilder();
        for (ByteBuf piece = to.readOutbound(); piece != null; piece = to.readOutbound()) {
            text.append(piece.toString(StandardCharsets.US_ASCII));
            piece.release();
        }
        return text.toString();
    }

    /** On a busy machine timers ring late; what came after the weather changed must not go past what waits for one. */
    @Test
    void shouldKeepTheOrderWhenATimerIsLate() {
        passage.add(bytes("head,"), new Weather(100, Integer.MAX_VALUE, 0));
        from.advanceTimeBy(100, TimeUnit.MILLISECONDS);
        passage.add(bytes("body"), Weather.FINE);
        from.runScheduledPendingTasks();
        assertEquals("head,body", arrived());
    }

    @Test
    void shouldKeepBytesAsLongAsTheWeatherSays() {
        passage.add(bytes("abcdef"), new Weather(50, 2, 10));
        from.advanceTimeBy(49, TimeUnit.MILLISECONDS);
        from.runScheduledPendingTasks();
        assertEquals("", arrived());
        from.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        from.runScheduledPendingTasks();
        assertEquals("ab", arrived());
        from.advanceTimeBy(20, TimeUnit.MILLISECONDS);
        from.runScheduledPendingTasks();
        assertEquals("cdef", arrived());
    }

    @Test
    void shouldSayTheEndAfterWhatIsUnderWay() {
        passage.add(bytes("last words"), new Weather(100, Integer.MAX_VALUE, 0));
        passage.end();
        assertEquals("", arrived());
        from.advanceTimeBy(100, TimeUnit.MILLISECONDS);
        from.runScheduledPendingTasks();
        assertEquals("last words", arrived());
        assertFalse(to.isOpen());
    }

    @Test
    void shouldReleaseWhatNobodyIsLeftToGet() {
        ByteBuf waiting = bytes("waits");
        ByteBuf late = bytes("comes later");
        passage.add(waiting, new Weather(100, 2, 0));
        passage.discard();
        passage.add(late, new Weather(100, 2, 0));
        assertEquals(0, waiting.refCnt());
        assertEquals(0, late.refCnt());
        from.advanceTimeBy(100, TimeUnit.MILLISECONDS);
        from.runScheduledPendingTasks();
        assertNull(to.readOutbound());
    }
}
