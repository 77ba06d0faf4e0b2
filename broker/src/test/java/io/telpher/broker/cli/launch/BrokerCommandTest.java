package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.Main;
import io.telpher.broker.cli.TqProcess;
import io.telpher.broker.config.ConfigSchema;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code broker}: its checks, and what it takes up while it runs. */
class BrokerCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... arguments) {
        CommandLine tq = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return tq.execute(arguments);
    }

    @Test
    void shouldEndWithZeroWhenTheConfigurationIsRight() {
        assertEquals(0, execute("broker", "--config", "../conf/broker.toml", "--check"));
        assertEquals("the configuration is right\n", out.toString());
    }

    @Test
    void shouldEndWithTwoAndEachMistakeWhenItIsWrong() throws IOException {
        Path file = Files.writeString(directory.resolve("broker.toml"), "[http]\nbnid = \"x\"\nport = \"y\"\n");
        assertEquals(2, execute("broker", "--config", file.toString(), "--check"));
        assertEquals("""
                TQ-1003 broker.toml:2:1 unknown key "http.bnid"; did you mean "http.bind"?
                TQ-1005 broker.toml:3:1 http.port: "y" is not a number
                """, err.toString());
        assertEquals(2, execute("broker", "--set", "nonsense", "--check"));
        assertEquals(2, execute("broker", "--chekc"));
    }

    @Test
    void shouldShipTheSchemaThatTheKeysMake() throws IOException {
        assertEquals(Files.readString(Path.of("../conf/broker.schema.json")), ConfigSchema.text());
        assertTrue(Files.readString(Path.of("../conf/broker.toml")).startsWith("#:schema ./broker.schema.json\n"));
    }

    @Test
    @Timeout(120)
    void shouldTakeUpWhatCanChangeAndNameWhatCanNotWhenHungUp() throws Exception {
        Path file = directory.resolve("broker.toml");
        Path data = directory.resolve("data");
        Files.writeString(file, text("24h", 100, 5));
        try (TqProcess broker = TqProcess.start(directory, "broker", "--config", file.toString())) {
            String url = "tq://" + broker.line().replaceFirst("ready binary=(\\S+) .*", "$1");
            assertEquals(0, execute("config", "show", "--dir", data.toString()));
            assertTrue(out.toString().contains("broker.toml:1:1"), out::toString);

            Files.writeString(file, text("1h", 200, 9));
            assertEquals(0, execute("config", "reload", "--dir", data.toString()));
            JsonNode reload = JSON.readTree(data.resolve(LiveConfig.FILE).toFile());
            assertEquals(
                    "[\"queues.mail.max_retries = 9\",\"retention = 1h\"]",
                    reload.get("applied").toString());
            assertEquals(
                    "[\"limits.max_connections = 200\"]",
                    reload.get("need_restart").toString());
            out.getBuffer().setLength(0);
            assertEquals(0, execute("config", "export", "-u", url));
            assertTrue(out.toString().contains("[queues.mail]\nmax_retries = 9\n"), out::toString);

            Files.writeString(file, "retention = \"soon\"\n");
            assertEquals(2, execute("config", "reload", "--dir", data.toString()));
            assertTrue(err.toString().contains("TQ-1005 broker.toml:1:1 retention"), err::toString);
            assertEquals(143, broker.terminate()); // as Java ends on SIGTERM
            assertTrue(broker.errors().contains("TQ-1021 not before the next start: limits.max_connections = 200"));
        }
    }

    @Test
    @Timeout(240)
    void shouldNameThePolicyThatIsRefusedAtAReloadAndTakeUpTheRest() throws Exception {
        Path file = directory.resolve("broker.toml");
        String data = directory.resolve("data").toString();
        Files.writeString(file, text("24h", 100, 5));
        try (TqProcess broker = TqProcess.start(directory, "broker", "--config", file.toString())) {
            String url = "tq://" + broker.line().replaceFirst("ready binary=(\\S+) .*", "$1");
            Path more = Files.createDirectory(directory.resolve("conf.d")).resolve("more.toml");
            StringBuilder queues = new StringBuilder();
            for (int i = 0; i < 10_000; i++) {
                queues.append("queues.n").append(10_000 + i).append(".max_retries = 1\n");
            }
            // With mail there is one too many; z.last is another, and its name has a dot.
            Files.writeString(more, "limits.max_queues = 10000\n" + queues + "queues.\"z.last\".max_retries = 1\n");
            Files.writeString(file, text("1h", 200, 9));
            assertEquals(1, execute("config", "reload", "--dir", data));
            String why =
                    " stays as it was: the limit of 10000 queues is reached: delete some, or raise limits.max_queues\n";
            assertEquals(
                    "TQ-1024 not in effect: queues.n19999" + why + "TQ-1024 not in effect: queues.z.last" + why,
                    err.toString());
            assertTrue(out.toString().contains("now:              retention = 1h"), out::toString);
            assertTrue(out.toString().contains("now:              queues.mail.max_retries = 9"), out::toString);
            assertTrue(out.toString().contains("now:              queues.n19998.max_retries = 1"));
            assertFalse(out.toString().contains("n19999"));

            JsonNode keys = JSON.readTree(directory.resolve("data/config.json").toFile())
                    .get("keys");
            assertFalse(keys.has("queues.n19999.max_retries") || keys.has("queues.z.last.max_retries"));
            assertEquals("100", keys.get("limits.max_connections").get("value").asText(), "what holds until a restart");

            // Told again while it is so, and what waits for a restart, too.
            out.getBuffer().setLength(0);
            assertEquals(1, execute("config", "reload", "--dir", data));
            assertEquals("needs a restart:  limits.max_connections = 200\n", out.toString());
            Files.delete(more);
            assertEquals(0, execute("config", "reload", "--dir", data));
            out.getBuffer().setLength(0);
            assertEquals(0, execute("config", "export", "-u", url));
            assertTrue(out.toString().contains("[queues.mail]\nmax_retries = 9\n"), "the rest is in effect");
            assertFalse(out.toString().contains("n19999"));
            assertEquals(143, broker.terminate());
            assertTrue(broker.errors().contains("TQ-1024 not in effect: queues.z.last" + why.stripTrailing()));
        }
    }

    private String text(String retention, int connections, int retries) {
        return "retention = \"" + retention + "\"\nlimits.max_connections = " + connections
                + "\nlisten.port = 0\nhttp.port = 0\njournal.dir = \"" + directory.resolve("data")
                + "\"\nqueues.mail.max_retries = " + retries + "\n";
    }
}
