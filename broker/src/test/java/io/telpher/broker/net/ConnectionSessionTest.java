package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ConnectionSessionTest {
    private static final ConnectionSession.Client GONE = new ConnectionSession.Client("gone", "", "");

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(ConnectionSession.class);

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        LOG.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        LOG.detachAppender(log);
    }

    @Test
    void shouldDropRepliesToAClientThatHasGoneInSilence() {
        EmbeddedChannel channel = new EmbeddedChannel();
        ConnectionSession session = new ConnectionSession(1, channel, "127.0.0.1", GONE, 0, frames -> {});
        channel.close();
        ByteBuf reply = Unpooled.buffer(8).writeLong(1);
        session.send(reply);
        assertEquals(List.of(), log.list);
        assertEquals(0, reply.refCnt());
        assertFalse(channel.isOpen());
    }
}
