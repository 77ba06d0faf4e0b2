package io.telpher.broker.http.call;

/** What {@code /metrics} shows. */
public interface MetricsPage {
    /** With what the partitions are asked. */
    BrokerCall scrape();

    /** Of this process alone, asking no partition. */
    BrokerCall scrapeOwn();
}
