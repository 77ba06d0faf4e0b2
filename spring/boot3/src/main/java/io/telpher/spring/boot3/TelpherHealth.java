package io.telpher.spring.boot3;

import io.telpher.client.Telpher;
import java.time.Duration;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;

/** Up while the broker answers; within 2 s. */
final class TelpherHealth extends AbstractHealthIndicator {
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final Telpher telpher;

    TelpherHealth(Telpher telpher) {
        super("the broker does not answer");
        this.telpher = telpher;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        builder.withDetail("connection", telpher.state());
        telpher.within(LONGEST).ping();
        builder.up();
    }
}
