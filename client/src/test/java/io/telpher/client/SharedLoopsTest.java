package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedLoopsTest {
    private final SharedLoops loops = new SharedLoops();

    @Test
    void shouldHaveOneForEachProcessorHoweverManyClientsThereAre() {
        List<EventLoop> taken = new ArrayList<>();
        int processors = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < 3 * processors; i++) {
            taken.add(loops.take());
        }
        assertTrue(new HashSet<>(taken).size() <= processors);
        assertSame(taken.get(0), taken.get(processors), "in turn");
        taken.forEach(each -> loops.giveBack());
        taken.forEach(each -> assertTrue(each.isShuttingDown()));
    }

    @Test
    void shouldEndWithTheLastClientAndBeginAnew() {
        EventLoop first = loops.take();
        loops.take();
        loops.giveBack();
        assertFalse(first.isShuttingDown(), "another client is on it");
        loops.giveBack();
        assertTrue(first.isShuttingDown());
        EventLoop next = loops.take();
        assertNotSame(first, next);
        assertFalse(next.isShuttingDown());
        loops.giveBack();
    }
}
