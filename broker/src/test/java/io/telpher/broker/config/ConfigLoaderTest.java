package io.telpher.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.BrokerConfig;
import io.telpher.broker.Retention;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.QueuePolicyFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
    private static final Path SHIPPED = Path.of("../conf/broker.toml");

    @TempDir
    Path directory;

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("broker.toml"), text);
    }

    private static BrokerConfig load(Path file) throws ConfigException {
        return ConfigLoader.load(file, Map.of(), List.of()).config();
    }

    private static List<String> problems(Path file, Map<String, String> environment, String... sets) {
        return assertThrows(ConfigException.class, () -> ConfigLoader.load(file, environment, List.of(sets)))
                .problems();
    }

    // ---- the file that is shipped

    @Test
    void shouldShipAFileThatHoldsEveryKeyWithItsDefault() throws Exception {
        LoadedConfig shipped = ConfigLoader.load(SHIPPED, Map.of(), List.of());
        TreeSet<String> keys = new TreeSet<>();
        for (ConfigKey key : ConfigKeys.BROKER) {
            keys.add(key.name());
            assertEquals(key.byDefault(), value(shipped, key.name()), key.name());
        }
        for (ConfigKey key : ConfigKeys.QUEUE) {
            keys.add("queues.default." + key.name());
            assertEquals(key.byDefault(), value(shipped, "queues.default." + key.name()), key.name());
        }
        assertEquals(keys, new TreeSet<>(shipped.settings().keySet()));
    }

    private static String value(LoadedConfig loaded, String key) {
        LoadedConfig.Effective effective = loaded.effective().get(key);
        return effective == null ? "missing" : effective.value();
    }

    @Test
    void shouldRunWithoutAFileAsWithTheShippedOne() throws Exception {
        BrokerConfig without = ConfigLoader.load(null, Map.of(), List.of()).config();
        BrokerConfig with = load(SHIPPED);
        assertEquals(Map.of(QueueName.DEFAULT, QueuePolicyFields.DEFAULT), with.queues());
        assertEquals(Map.of(), without.queues());
        assertEquals(without.listen(), with.listen());
        assertEquals(without.http(), with.http());
        assertEquals(without.directory(), with.directory());
        assertEquals(without.sync(), with.sync());
        assertEquals(without.limits(), with.limits());
        assertEquals(without.connectionsMax(), with.connectionsMax());
        assertEquals(without.retention(), with.retention());
    }

    // ---- mistakes

    @Test
    void shouldTellEveryMistakeAtOnceWithItsPlaceAndAWayOut() throws IOException {
        Path file = file("""
                retention = "soon"
                [http]
                bnid = "127.0.0.1"
                port = 70000
                [journal]
                sync = "batc"
                [queues.mail]
                max_retrys = 3
                backoff = "quick"
                [queues."a b"]
                max_retries = 1
                """);
        assertEquals(
                List.of(
                        "TQ-1003 broker.toml:3:1 unknown key \"http.bnid\"; did you mean \"http.bind\"?",
                        "TQ-1004 --set nonsense is not like --set http.port=8358",
                        "TQ-1003 broker.toml:8:1 unknown key \"queues.mail.max_retrys\"; did you mean \"max_retries\"?",
                        "TQ-1005 broker.toml:9:1 queues.mail.backoff: \"quick\" is not one of fixed, linear or exponential",
                        "TQ-1003 broker.toml:11:1 \"queues.a b.max_retries\" is not like queues.NAME.max_retries, NAME being 1-128 of [A-Za-z0-9._-]",
                        "TQ-1005 broker.toml:4:1 http.port: 70000 must be 0 to 65535",
                        "TQ-1005 broker.toml:6:1 journal.sync: \"batc\" is not one of batch, interval, none",
                        "TQ-1005 env TELPHER_LIMITS_MAX_CONNECTIONS limits.max_connections: \"many\" is not a number",
                        "TQ-1005 broker.toml:1:1 retention: \"soon\" is not a duration like \"500ms\", \"30s\", \"10m\", \"24h\", \"7d\""),
                problems(file, Map.of("TELPHER_LIMITS_MAX_CONNECTIONS", "many"), "nonsense"));
    }

    @Test
    void shouldSayWhereAFileIsNotToml() throws IOException {
        List<String> problems = problems(file("[http\nport = 1\n"), Map.of());
        assertTrue(problems.get(0).startsWith("TQ-1002 broker.toml:1:6 "), problems::toString);
    }

    @Test
    void shouldSayThatAFileIsMissing() {
        List<String> problems = problems(directory.resolve("none.toml"), Map.of());
        assertEquals(1, problems.size());
        assertTrue(problems.get(0).startsWith("TQ-1001 can't read " + directory.resolve("none.toml")));
    }

    // ---- who wins

    @Test
    void shouldLetSetWinOverEnvironmentOverConfDOverFileOverDefault() throws Exception {
        Path file = file("http.port = 1\nretention = \"1h\"\nlimits.max_connections = 1\njournal.dir = \"file\"\n");
        Path more = Files.createDirectory(directory.resolve("conf.d"));
        Files.writeString(more.resolve("10-a.toml"), "http.port = 2\nretention = \"2h\"\nlimits.max_connections = 2\n");
        Files.writeString(more.resolve("20-b.toml"), "limits.max_connections = 22\n");
        Files.writeString(more.resolve("30-c.toml.off"), "limits.max_connections = 99\n");
        LoadedConfig loaded = ConfigLoader.load(
                file, Map.of("TELPHER_HTTP_PORT", "3", "TELPHER_RETENTION", "3h"), List.of("http.port=4"));
        assertEquals(4, loaded.config().http().getPort());
        assertEquals(Duration.ofHours(3), loaded.config().retention().time());
        assertEquals(22, loaded.config().connectionsMax());
        assertEquals(Path.of("file"), loaded.config().directory());
        assertEquals(SyncPolicy.BATCH, loaded.config().sync());
        assertEquals("--set", source(loaded, "http.port"));
        assertEquals("env TELPHER_RETENTION", source(loaded, "retention"));
        assertEquals("conf.d/20-b.toml:1:1", source(loaded, "limits.max_connections"));
        assertEquals("broker.toml:4:1", source(loaded, "journal.dir"));
        assertEquals("default", source(loaded, "journal.sync"));
    }

    private static String source(LoadedConfig loaded, String key) {
        LoadedConfig.Effective effective = loaded.effective().get(key);
        return effective == null ? "missing" : effective.source();
    }

    @Test
    void shouldReadAValueFromTheFileThatTheEnvironmentNames() throws Exception {
        Path secret = Files.writeString(directory.resolve("dir"), "/var/lib/telpher\n");
        LoadedConfig loaded = ConfigLoader.load(null, Map.of("TELPHER_JOURNAL_DIR_FILE", secret.toString()), List.of());
        assertEquals(Path.of("/var/lib/telpher"), loaded.config().directory());
        assertEquals("env TELPHER_JOURNAL_DIR_FILE", source(loaded, "journal.dir"));
    }

    @Test
    void shouldAskWhichOfValueAndFileIsMeant() {
        assertEquals(
                List.of("TQ-1007 env TELPHER_HTTP_PORT and TELPHER_HTTP_PORT_FILE are both set; which one is meant?"),
                assertThrows(
                                ConfigException.class,
                                () -> ConfigLoader.load(
                                        null,
                                        Map.of("TELPHER_HTTP_PORT", "1", "TELPHER_HTTP_PORT_FILE", "x"),
                                        List.of()))
                        .problems());
    }

    // ---- values

    @ParameterizedTest
    @CsvSource({"500ms, 500", "30s, 30000", "10m, 600000", "10min, 600000", "24h, 86400000", "7d, 604800000"})
    void shouldReadDurations(String text, long ms) throws Exception {
        assertEquals(
                Duration.ofMillis(ms),
                ConfigLoader.load(null, Map.of(), List.of("retention=" + text))
                        .config()
                        .retention()
                        .time());
    }

    @Test
    void shouldReadRoomForFinalTasks() throws Exception {
        assertEquals(
                new Retention(Duration.ofHours(24), 64 << 20),
                ConfigLoader.load(null, Map.of(), List.of("retention_bytes=64MiB"))
                        .config()
                        .retention());
    }

    @ParameterizedTest
    @CsvSource({"65536, 65536", "64KiB, 65536", "2MiB, 2097152", "100kB, 100000"})
    void shouldReadSizes(String text, int bytes) throws Exception {
        assertEquals(
                bytes,
                ConfigLoader.load(null, Map.of(), List.of("limits.max_payload=" + text))
                        .config()
                        .limits()
                        .payloadBytesMax());
    }

    @Test
    void shouldTakeAQueueWhoseNameHoldsDots() throws Exception {
        BrokerConfig config = ConfigLoader.load(null, Map.of(), List.of("queues.mail.eu.max_retries=7"))
                .config();
        assertEquals(
                new QueuePolicyFields(
                        -1,
                        7,
                        -1,
                        -1,
                        -1,
                        -1,
                        io.telpher.protocol.Backoff.INHERIT,
                        io.telpher.protocol.OnDisconnect.INHERIT,
                        -1,
                        -1,
                        -1),
                config.queues().get("mail.eu"));
    }
}
