package io.telpher.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.broker.http.metrics.Metrics;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which reads of payloads count as such that came from the disk. */
class ColdReadsTest {
    @Test
    void shouldCountSlowReadsAsCold() {
        try (Metrics metrics = new Metrics()) {
            metrics.read(TimeUnit.MICROSECONDS.toNanos(3));
            metrics.read(TimeUnit.MICROSECONDS.toNanos(199));
            metrics.read(TimeUnit.MICROSECONDS.toNanos(200));
            metrics.read(TimeUnit.MILLISECONDS.toNanos(9));
            assertEquals(2, metrics.coldReads());
        }
    }
}
