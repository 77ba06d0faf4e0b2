package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is slow on purpose is hung up on, by a clock that the test moves. */
@Tag("security")
class SlowRequestsTest {
    /** The timer is not moved at each answer: it may ring a little later. */
    private static final long LATE_MS = 10_000;

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel = EmbeddedChannel.builder()
            .ticker(ticker)
            .handlers(new SlowRequests())
            .build();

    @AfterEach
    void finish() {
        channel.finishAndReleaseAll();
    }

    private void pass(long ms) {
        ticker.advance(ms, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private void head() {
        channel.writeInbound(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/api/v1/tasks"));
    }

    private void body(int bytes) {
        channel.writeInbound(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[bytes])));
        channel.releaseInbound();
    }

    private void end() {
        channel.writeInbound(new DefaultLastHttpContent());
    }

    private void answer(HttpResponseStatus status) {
        channel.writeOutbound(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status));
        channel.releaseOutbound();
    }

    @Test
    void aConnectionThatSaysNothingHasTenSeconds() {
        pass(9_999);
        assertTrue(channel.isOpen());
        pass(1);
        assertFalse(channel.isOpen());
    }

    @Test
    void aBodyThatStopsHasTenSeconds() {
        pass(5_000);
        head();
        pass(9_999);
        assertTrue(channel.isOpen(), "from the request on, not from the connection on");
        pass(1);
        assertFalse(channel.isOpen());
    }

    @Test
    void aBodyThatTricklesIsNotWaitedFor() {
        head();
        int seconds = 0;
        while (channel.isOpen() && seconds < 60) {
            body(1_000);
            pass(1_000);
            seconds++;
        }
        // 10 s and a sixteenth of a second for each kilobyte.
        assertTrue(seconds >= 10 && seconds <= 11, "after " + seconds + " s");
    }

    @Test
    void aBodyThatComesAsFastAsItMustMayTakeItsTime() {
        head();
        for (int second = 0; second < 300; second++) {
            body(17_000);
            pass(1_000);
            assertTrue(channel.isOpen(), "after " + second + " s");
        }
        end();
    }

    @Test
    void anAnswerMayTakeItsTimeAndTheNextRequestAMinute() {
        head();
        end();
        pass(600_000);
        assertTrue(channel.isOpen(), "a reserve may wait");
        answer(HttpResponseStatus.OK);
        pass(59_999);
        assertTrue(channel.isOpen());
        pass(LATE_MS);
        assertFalse(channel.isOpen());
    }

    @Test
    void askingForTheBodyIsNoAnswer() {
        head();
        answer(HttpResponseStatus.CONTINUE);
        pass(10_000);
        assertFalse(channel.isOpen());
    }

    @Test
    void aRequestBehindAnotherDoesNotBuyTime() {
        head();
        channel.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
        head();
        answer(HttpResponseStatus.OK);
        pass(10_000);
        assertFalse(channel.isOpen(), "the second one's body does not come");
    }
}
