package io.telpher.broker.config;

import io.telpher.broker.BrokerConfig;
import io.telpher.broker.Retention;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.protocol.Limits;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts a configuration together: the defaults, over them the file, {@code conf.d/*.toml} beside it, the environment
 * ({@code TELPHER_JOURNAL_DIR} for {@code journal.dir}), and {@code --set}. Tells everything that is wrong at once, each with its place and a suggestion.
 */
public final class ConfigLoader {
    private static final Path DIRECTORY_DEFAULT = Path.of("data");
    private static final long SYNC_INTERVAL_MS_DEFAULT = 1_000;

    private final List<String> problems = new ArrayList<>();
    private final SettingSources sources = new SettingSources(problems);
    private final Map<String, Setting> settings = sources.settings();
    private final Map<String, QueueSettings> queues = new TreeMap<>();

    private ConfigLoader() {}

    /**
     * @param file null = the defaults
     * @param sets {@code key=value} each
     */
    public static LoadedConfig load(@Nullable Path file, Map<String, String> environment, List<String> sets)
            throws ConfigException {
        ConfigLoader loader = new ConfigLoader();
        if (file != null) {
            loader.sources.readFiles(file);
        }
        loader.sources.readEnvironment(environment);
        sets.forEach(loader.sources::readSet);
        loader.readQueues();
        BrokerConfig config = loader.build();
        LogSettings log = loader.log();
        new SecuritySettings(loader.problems, loader.settings).check(config);
        new ClusterKeys(loader.problems, loader.settings).check(config);
        if (!loader.problems.isEmpty()) {
            throw new ConfigException(loader.problems);
        }
        return new LoadedConfig(config, log, Collections.unmodifiableMap(loader.settings));
    }

    private void readQueues() {
        for (Setting setting : settings.values()) {
            if (!setting.isOfQueue()) {
                continue;
            }
            if (setting.path().size() != 3 || !QueueName.isValid(setting.path().get(1))) {
                problems.add(
                        "TQ-1003 " + setting.where() + " \"" + setting.key()
                                + "\" is not like queues.NAME.max_retries, NAME being 1-128 of [A-Za-z0-9._-], but not . and ..");
                continue;
            }
            String field = setting.path().get(2);
            if (!QueueSettings.FIELDS.contains(field)) {
                problems.add("TQ-1003 " + setting.where() + " unknown key \"" + setting.key() + "\""
                        + Suggestion.of(field, QueueSettings.FIELDS));
                continue;
            }
            QueueSettings queue = queues.computeIfAbsent(setting.path().get(1), name -> new QueueSettings());
            parse(setting, value -> {
                queue.set(field, value);
                return field;
            });
        }
    }

    private interface Parser<T> {
        T parse(String value);
    }

    private <T> @Nullable T parse(Setting setting, Parser<T> parser) {
        try {
            return parser.parse(setting.value());
        } catch (IllegalArgumentException | ArithmeticException e) {
            String what = String.valueOf(e.getMessage());
            if (e instanceof ArithmeticException || setting.value().matches("[+-]?\\d{10,}")) {
                what = "\"" + setting.value() + "\" is out of range";
            } else if (e instanceof NumberFormatException) {
                what = "\"" + setting.value() + "\" is not a number";
            }
            problems.add("TQ-1005 " + setting.where() + " " + setting.key() + ": " + what);
            return null;
        }
    }

    private <T> T get(String key, T byDefault, Parser<T> parser) {
        Setting setting = settings.get(key);
        T parsed = setting == null ? null : parse(setting, parser);
        return parsed == null ? byDefault : parsed;
    }

    private BrokerConfig build() {
        Map<String, QueuePolicyFields> policies = new LinkedHashMap<>();
        queues.forEach((name, queue) -> policies.put(name, queue.policy()));
        BrokerConfig defaults = BrokerConfig.of(DIRECTORY_DEFAULT);
        return new BrokerConfig(
                address("listen", defaults.listen()),
                address("http", defaults.http()),
                get("journal.dir", defaults.directory(), Path::of),
                sync(),
                get("limits.max_payload", Limits.DEFAULT, text -> new Limits(Math.toIntExact(Units.bytes(text)))),
                number("limits.max_connections", defaults.connectionsMax()),
                retention(defaults.retention()),
                queueLimits(defaults.queueLimits()),
                number("broker.partitions", 0),
                policies,
                new SecuritySettings(problems, settings).build(),
                new ClusterKeys(problems, settings).build());
    }

    private Retention retention(Retention defaults) {
        return new Retention(
                get("retention", defaults.time(), text -> Duration.ofMillis(Units.durationMs(text))),
                get("retention_bytes", defaults.bytes(), Units::bytes));
    }

    private QueueLimits queueLimits(QueueLimits defaults) {
        return new QueueLimits(
                number("limits.max_queues", defaults.queuesMax()),
                number("limits.max_queues_per_client", defaults.perMakerMax()),
                get(ConfigKeys.IDLE_TTL, defaults.idleTtlMs(), Units::durationMs));
    }

    private LogSettings log() {
        return new LogSettings(
                get("log.format", LogSettings.DEFAULT.format(), text -> word(LogSettings.Format.class, text)),
                get("log.level", LogSettings.DEFAULT.level(), text -> word(LogSettings.Level.class, text)));
    }

    private static <E extends Enum<E>> E word(Class<E> words, String text) {
        for (E word : words.getEnumConstants()) {
            if (word.name().equals(text.toUpperCase(Locale.ROOT))) {
                return word;
            }
        }
        String all = Arrays.toString(words.getEnumConstants()).toLowerCase(Locale.ROOT);
        throw new IllegalArgumentException("\"" + text + "\" is not one of " + all.substring(1, all.length() - 1));
    }

    private InetSocketAddress address(String section, InetSocketAddress defaults) {
        String host = get(section + ".bind", defaults.getHostString(), text -> text);
        int port = number(section + ".port", defaults.getPort());
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            problems.add("TQ-1006 " + section + ".bind: \"" + host + "\" is not an address of this machine");
        }
        return address;
    }

    private int number(String key, int byDefault) {
        return get(key, byDefault, text -> ConfigKeys.number(key, text));
    }

    private SyncPolicy sync() {
        long intervalMs = get("journal.sync_interval", SYNC_INTERVAL_MS_DEFAULT, Units::durationMs);
        return get("journal.sync", SyncPolicy.BATCH, text -> switch (text) {
            case "batch" -> SyncPolicy.BATCH;
            case "interval" -> SyncPolicy.interval(intervalMs);
            case "none" -> SyncPolicy.NONE;
            default -> throw new IllegalArgumentException("\"" + text + "\" is not one of batch, interval, none");
        });
    }
}
