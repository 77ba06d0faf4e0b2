package io.telpher.broker.config;

import io.telpher.broker.BrokerConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A configuration, and where its values come from.
 *
 * @param settings what was said, by key; other keys have their defaults
 */
public record LoadedConfig(BrokerConfig config, LogSettings log, Map<String, Setting> settings) {
    private static final String BY_DEFAULT = "default";

    /** A value that holds, and who said so. */
    public record Effective(String value, String source, boolean live) {}

    /** Every key of the broker, and those of queues that somebody gave. */
    public Map<String, Effective> effective() {
        Map<String, Effective> effective = new LinkedHashMap<>();
        for (ConfigKey key : ConfigKeys.BROKER) {
            Setting said = settings.get(key.name());
            effective.put(
                    key.name(),
                    said == null
                            ? new Effective(key.byDefault(), BY_DEFAULT, key.live())
                            : new Effective(said.value(), said.where(), key.live()));
        }
        settings.forEach((key, said) -> {
            if (said.isOfQueue()) {
                effective.put(key, new Effective(said.value(), said.where(), true));
            }
        });
        return effective;
    }
}
