package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What is left of a broker that can't go on. */
class BrokerFailureTest {
    /** {@code broker} ends its process as soon as it knows. */
    @Test
    void shouldSayWhyBeforeAnybodyEndsTheProcess() {
        Logger logger = (Logger) LoggerFactory.getLogger(Broker.class);
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        logger.addAppender(said);
        try {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            CompletableFuture<Integer> saidByThen = failure.thenApply(cause -> said.list.size());
            Throwable cause = new IllegalStateException("the disk is gone");
            Broker.fail(failure, cause);
            assertEquals(1, saidByThen.join());
            assertEquals(cause, failure.join());
            ILoggingEvent event = said.list.get(0);
            assertTrue(event.getFormattedMessage().startsWith("TQ-1011 "), event::getFormattedMessage);
            assertEquals("the disk is gone", event.getThrowableProxy().getMessage());
        } finally {
            logger.detachAppender(said);
        }
    }
}
