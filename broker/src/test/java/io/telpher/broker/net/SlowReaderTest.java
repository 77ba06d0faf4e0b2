package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlowReaderTest {
    private static final int LONG_SECONDS = 10 * SlowReader.SECONDS;

    /** Its client reads only what the test takes. */
    private static final class Socket extends EmbeddedChannel {
        private boolean reads;

        Socket() {
            super(new SlowReader());
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer out) throws Exception {
            if (reads) {
                super.doWrite(out);
            }
        }
    }

    private final Socket socket = new Socket();

    @BeforeEach
    void stopTheClock() {
        socket.freezeTime();
    }

    @AfterEach
    void close() {
        socket.finishAndReleaseAll();
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            socket.advanceTimeBy(1, TimeUnit.SECONDS);
            socket.runScheduledPendingTasks();
        }
    }

    private void take() {
        socket.reads = true;
        socket.flush();
        socket.reads = false;
        for (ByteBuf out = socket.readOutbound(); out != null; out = socket.readOutbound()) {
            out.release();
        }
    }

    @Test
    void shouldCloseTheConnectionOfAClientThatTakesNothing() {
        socket.writeAndFlush(Unpooled.buffer().writeZero(100));
        pass(SlowReader.SECONDS - 1);
        assertTrue(socket.isOpen());
        pass(2 * SlowReader.SECONDS);
        assertFalse(socket.isOpen());
    }

    @Test
    void shouldLeaveAloneWhoIsSentNothing() {
        pass(LONG_SECONDS);
        socket.writeAndFlush(Unpooled.buffer().writeZero(100));
        take();
        pass(LONG_SECONDS);
        assertTrue(socket.isOpen());
    }

    @Test
    void shouldBearWithAClientThatIsSlowAndGoesOn() {
        for (int i = 0; i < 20; i++) {
            socket.writeAndFlush(Unpooled.buffer().writeZero(100));
            pass(SlowReader.SECONDS - 1);
            take();
        }
        assertTrue(socket.isOpen());
    }
}
