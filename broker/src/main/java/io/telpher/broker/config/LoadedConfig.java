package io.telpher.broker.config;

import io.telpher.broker.BrokerConfig;
import java.util.LinkedHashMap;
import java.util.List;
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

    /** Keys of the broker itself that a source gives. */
    public List<String> givenForBroker() {
        return ConfigKeys.BROKER.stream()
                .map(ConfigKey::name)
                .filter(settings::containsKey)
                .toList();
    }

    /** Every key of the broker, and the keys of queues that a source gives. */
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
