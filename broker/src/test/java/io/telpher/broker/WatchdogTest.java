package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the watchdog says of threads that don't come round, by a clock that the test sets. */
class WatchdogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(Watchdog.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private long runningNanos;
    private long longestNanos;
    private final Watchdog watchdog = new Watchdog(
            List.of(new Watchdog.Watched(
                    "partition 3", () -> runningNanos, () -> "applies records", () -> longestNanos, () ->
                            new StackTraceElement[] {new StackTraceElement("Core", "apply", "Core.java", 7)})),
            () -> {});

    @BeforeEach
    void listen() {
        log.start();
        logger.setLevel(Level.INFO); // whatever else is shown where this runs
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    @Test
    void shouldSayNothingWhileEachCycleIsShort() {
        runningNanos = Watchdog.HUNG_NANOS - 1;
        watchdog.look();
        assertEquals(List.of(), watchdog.hung());
        assertEquals(0, log.list.size());
    }

    @Test
    void shouldNameThreadStepAndStackOnceAndSayWhenItIsOver() {
        runningNanos = Watchdog.HUNG_NANOS;
        watchdog.look();
        runningNanos += TimeUnit.SECONDS.toNanos(1);
        watchdog.look();
        assertEquals(
                List.of("partition 3 has not come round for 6 s: it applies records"),
                watchdog.hung(),
                "asked, it looks anew");
        assertEquals(1, log.list.size());
        String told = log.list.get(0).getFormattedMessage();
        assertTrue(told.startsWith("TQ-3051 partition 3 has not come round for 5 s: it applies records"), told);
        assertTrue(told.contains("at Core.apply(Core.java:7)"), told);
        runningNanos = 0;
        watchdog.look();
        assertEquals(List.of(), watchdog.hung());
        assertEquals(2, log.list.size());
        runningNanos = Watchdog.HUNG_NANOS;
        watchdog.look();
        assertEquals(3, log.list.size(), "the next time is told again");
    }

    @Test
    void shouldShowTheLongestCycleOfTheLastMinuteAndTheOneUnderWay() {
        longestNanos = TimeUnit.MILLISECONDS.toNanos(250);
        watchdog.look();
        longestNanos = 0;
        for (int look = 1; look < 120; look++) {
            watchdog.look();
            assertEquals(0.25, watchdog.longestSeconds());
        }
        watchdog.look();
        assertEquals(0, watchdog.longestSeconds());
        runningNanos = TimeUnit.SECONDS.toNanos(2);
        watchdog.look();
        assertEquals(2, watchdog.longestSeconds());
    }
}
