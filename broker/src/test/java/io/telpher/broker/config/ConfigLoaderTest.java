package io.telpher.broker.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.BrokerConfig;
import io.telpher.broker.Retention;
import io.telpher.broker.journal.SyncPolicy;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.queue.PolicyField;
import io.telpher.protocol.queue.QueuePolicyFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
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
                        "TQ-1005 broker.toml:9:1 queues.mail.backoff: \"quick\" is not one of fixed, linear, exponential",
                        "TQ-1003 broker.toml:11:1 \"queues.a b.max_retries\" is not like queues.NAME.max_retries, NAME being 1-128 of [A-Za-z0-9._-], but not . and ..",
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

    @Test
    void shouldBlameNoFieldForAnother() throws IOException {
        Path file = file("""
                [queues.mail]
                factor = 0.5
                max_retries = 4
                visibility_timeout = "90d"
                jitter = "30%"
                """);
        assertEquals(
                List.of(
                        "TQ-1005 broker.toml:2:1 queues.mail.factor: 0.5 must be 1 to 100",
                        "TQ-1005 broker.toml:4:1 queues.mail.visibility_timeout: visibility_timeout_ms is 7776000000; it must be 1000 to"
                                + " 43200000"),
                problems(file, Map.of()));
    }

    /** Policies say "not set" by -1, which these would have become. */
    @ParameterizedTest
    @CsvSource({
        "queues.a.max_retries=-1, -1 must not be negative",
        "queues.a.max_tasks=-1, -1 must not be negative",
        "queues.a.factor=-0.001, -0.001 must be 1 to 100",
        "queues.a.factor=Infinity, Infinity must be 1 to 100",
        "queues.a.factor=NaN, NaN must be 1 to 100",
        "queues.a.base=99999999999999999999s, '\"99999999999999999999s\" is out of range'",
        "limits.max_payload=99999999999GiB, '\"99999999999GiB\" is out of range'",
        "limits.max_connections=99999999999, '\"99999999999\" is out of range'"
    })
    void shouldRefuseANumberThatNothingCanBe(String set, String why) {
        String key = set.substring(0, set.indexOf('='));
        List<String> problems = assertThrows(
                        ConfigException.class, () -> ConfigLoader.load(null, Map.of(), List.of(set)))
                .problems();
        assertEquals(List.of("TQ-1005 --set " + key + ": " + why), problems);
    }

    @Test
    void shouldRefuseAnArrayAndATableThatNobodyKnows() throws IOException {
        Path file = file("http.hosts = [\"a\", \"b\"]\n[queues.mail]\nbackoff = []\n[jounral]\n[[tls]]\nkey = \"x\"\n");
        assertEquals(
                List.of(
                        "TQ-1005 broker.toml:1:1 http.hosts: an array is not taken here, only one value",
                        "TQ-1005 broker.toml:3:1 queues.mail.backoff: an array is not taken here, only one value",
                        "TQ-1003 broker.toml:4:1 unknown table \"jounral\"; did you mean \"journal\"?",
                        "TQ-1003 broker.toml:5:1 unknown key \"tls\""),
                problems(file, Map.of()).stream()
                        .sorted(Comparator.comparing(line -> line.substring(8)))
                        .toList());
    }

    @Test
    void shouldReadWhatEditorsOnWindowsWrite() throws Exception {
        LoadedConfig loaded =
                ConfigLoader.load(file("\uFEFFhttp.port = 5\r\n\r\n[journal]\r\ndir = \"x\"\r\n"), Map.of(), List.of());
        assertEquals(5, loaded.config().http().getPort());
        assertEquals("broker.toml:1:1", source(loaded, "http.port"));
        assertEquals(Path.of("x"), loaded.config().directory());
        assertEquals("broker.toml:4:1", source(loaded, "journal.dir"));
    }

    @Test
    void shouldRefuseAVariableOfNoKeyUnlessOthersSetIt() throws Exception {
        assertEquals(
                List.of(
                        "TQ-1003 env TELPHER_HTTP_PROT_FILE is the variable of no key; did you mean \"TELPHER_HTTP_PORT\"?",
                        "TQ-1003 env TELPHER_JOURNAL_DRI is the variable of no key; did you mean \"TELPHER_JOURNAL_DIR\"?",
                        "TQ-1003 env TELPHER_QUEUES_MAIL_CAP is the variable of no key; queue policies are said in files or by --set"),
                assertThrows(
                                ConfigException.class,
                                () -> ConfigLoader.load(
                                        null,
                                        Map.of(
                                                "TELPHER_JOURNAL_DRI", "x",
                                                "TELPHER_HTTP_PROT_FILE", "x",
                                                "TELPHER_QUEUES_MAIL_CAP", "1s"),
                                        List.of()))
                        .problems());
        Map<String, String> ofOthers = Map.of(
                "TELPHER_URL", "tq://x",
                "TELPHER_TOKEN", "x",
                "TELPHER_PORT", "tcp://10.0.0.1:8357",
                "TELPHER_PORT_8357_TCP_ADDR", "10.0.0.1",
                "TELPHER_SERVICE_PORT_BINARY", "8357",
                "TELPHER_API_SERVICE_HOST", "10.0.0.1",
                "TELPHERS", "x");
        assertEquals(Map.of(), ConfigLoader.load(null, ofOthers, List.of()).settings());
    }

    @Test
    void shouldSayWhyAFileCanNotBeRead() throws IOException {
        Path none = directory.resolve("none");
        Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertEquals(List.of("TQ-1001 can't read " + none + ": there is no such file"), problems(none, Map.of()));
        assertEquals(List.of("TQ-1001 can't read " + directory + ": it is a directory"), problems(directory, Map.of()));
        assertEquals(
                List.of(
                        "TQ-1001 can't read " + binary + ": it is not UTF-8",
                        "TQ-1001 env TELPHER_HTTP_PORT_FILE: can't read \"" + none + "\": there is no such file"),
                problems(binary, Map.of("TELPHER_HTTP_PORT_FILE", none.toString())));
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
    void shouldNameTheFirstMistakeOfALine() throws Exception {
        Path file = file("listen.....port = 1\nhttp.port = = 2\n");
        ConfigException refused =
                assertThrows(ConfigException.class, () -> ConfigLoader.load(file, Map.of(), List.of()));
        assertEquals(2, refused.problems().size(), refused::getMessage);
        assertTrue(refused.problems().get(0).startsWith("TQ-1002 broker.toml:1:8 "), refused::getMessage);
        assertTrue(refused.problems().get(1).startsWith("TQ-1002 broker.toml:2:13 "), refused::getMessage);
    }

    @Test
    void shouldNotTakeAnEmptyFileForNoValue() throws Exception {
        Path empty = Files.writeString(directory.resolve("empty"), " \n");
        Map<String, String> environment = Map.of(
                "TELPHER_SECURITY_TOKENS_FILE", empty.toString(), "TELPHER_HTTP_PORT_FILE", directory.toString());
        ConfigException refused =
                assertThrows(ConfigException.class, () -> ConfigLoader.load(null, environment, List.of()));
        assertEquals(2, refused.problems().size(), refused::getMessage);
        assertTrue(
                refused.problems()
                        .contains("TQ-1001 env TELPHER_SECURITY_TOKENS_FILE: \"" + empty
                                + "\" is empty; write the value into it"),
                refused::getMessage);
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
                QueuePolicyFields.NOTHING.with(PolicyField.MAX_RETRIES, 7),
                config.queues().get("mail.eu"));
    }
}
