package io.telpher.client;

import java.time.Duration;

/**
 * Whether the broker answers now.
 *
 * <pre>{@code
 * Health health = telpher.health();
 * respond(health.isUp() ? 200 : 503, health.detail());
 * }</pre>
 *
 * @param detail the round trip, or why there is none; for people
 * @param took how long the answer, or the lack of one, took
 */
public record Health(boolean isUp, String detail, Duration took) {}
