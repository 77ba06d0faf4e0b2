package io.telpher.benchmarks;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import java.nio.file.Path;

/** A broker with default settings on free ports; prints {@code ready URL} and serves until it is killed. */
final class BenchBroker {
    static final String READY = "ready ";

    private BenchBroker() {}

    public static void main(String[] args) throws Exception {
        Broker broker = Broker.start(BrokerConfig.of(Path.of(args[0])).onFreePorts());
        System.out.println(READY + broker.url());
        throw new IllegalStateException(
                "the broker can't go on", broker.failure().join());
    }
}
