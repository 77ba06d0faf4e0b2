package io.telpher.spring;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.telpher.client.ConnectionState;
import io.telpher.client.Telpher;

/** The client's and the listeners' counts as meters: {@code telpher.client.*} and {@code telpher.listeners.*}. */
public final class TelpherMetrics implements MeterBinder {
    private final Telpher telpher;
    private final ListenerWorkers listeners;

    public TelpherMetrics(Telpher telpher, ListenerWorkers listeners) {
        this.telpher = telpher;
        this.listeners = listeners;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder(
                        "telpher.client.connected",
                        telpher,
                        client -> client.state() == ConnectionState.CONNECTED ? 1 : 0)
                .description("1 while the client has a connection")
                .register(registry);
        Gauge.builder("telpher.client.under.way", telpher, client -> client.counters()
                        .underWay())
                .description("Requests without a reply")
                .register(registry);
        FunctionCounter.builder("telpher.client.failed", telpher, client -> client.counters()
                        .failed())
                .description("Calls that ended in an exception")
                .register(registry);
        FunctionCounter.builder("telpher.client.resent", telpher, client -> client.counters()
                        .resent())
                .description("Requests sent again after a lost connection")
                .register(registry);
        Gauge.builder("telpher.listeners.in.hand", listeners, ListenerWorkers::inHand)
                .description("Tasks that the listeners have, their outcome not settled")
                .register(registry);
    }
}
