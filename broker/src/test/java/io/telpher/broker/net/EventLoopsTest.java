package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLoopsTest {
    @Test
    void shouldTellOfALoopThatEndsUnasked() throws Exception {
        CompletableFuture<Throwable> failed = new CompletableFuture<>();
        EventLoops loops = new EventLoops("telpher-test", failed::complete);
        loops.group().next().shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        assertTrue(String.valueOf(failed.get().getMessage()).contains("telpher-test"));
        loops.stop(0).sync();
    }

    @Test
    void shouldNotTellOfTheirStop() throws Exception {
        AtomicInteger failures = new AtomicInteger();
        EventLoops loops = new EventLoops("telpher-test", cause -> failures.incrementAndGet());
        loops.stop(0).sync();
        assertTrue(loops.group().isTerminated());
        assertEquals(0, failures.get());
    }
}
