package io.telpher.broker.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PooledFuturesTest {
    private final Optional<String> before = Optional.ofNullable(System.getProperty(Main.POOL_THREADS));

    @AfterEach
    void setBack() {
        before.ifPresentOrElse(
                value -> System.setProperty(Main.POOL_THREADS, value), () -> System.clearProperty(Main.POOL_THREADS));
    }

    @Test
    void shouldHaveFuturesShareThreadsOnSmallMachines() {
        System.clearProperty(Main.POOL_THREADS);
        Main.poolFutures();
        assertTrue(Integer.getInteger(Main.POOL_THREADS) >= 2);
    }

    @Test
    void shouldLeaveTheOperatorsNumber() {
        System.setProperty(Main.POOL_THREADS, "1");
        Main.poolFutures();
        assertEquals("1", System.getProperty(Main.POOL_THREADS));
    }
}
