package io.telpher.broker;

import java.time.Duration;

/**
 * How long final tasks keep their status and result.
 *
 * @param time from when they became final
 * @param bytes that they may take together, 128 each and their results and errors; beyond it the oldest go earlier; 0 = any
 */
public record Retention(Duration time, long bytes) {
    public static final Retention DEFAULT = new Retention(Duration.ofHours(24), 1L << 30);
}
