package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.SecuredBroker;
import io.telpher.broker.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Queue policies out of a broker into a file, and back. */
class PolicyFilesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path directory;

    private static Broker broker;
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void quiet() {
        out = new StringWriter();
        err = new StringWriter();
    }

    private int execute(String... arguments) {
        CommandLine tq = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return tq.execute(arguments);
    }

    /** As JSON, from our broker. */
    private JsonNode json(String... arguments) throws IOException {
        quiet();
        List<String> all = new java.util.ArrayList<>(List.of(arguments));
        all.addAll(List.of("-u", broker.url(), "-o", "json"));
        assertEquals(0, execute(all.toArray(String[]::new)), err::toString);
        return JSON.readTree(out.toString());
    }

    @Test
    void shouldCopyPoliciesFromOneBrokerToAnother() throws Exception {
        json("queue", "set", "copied", "max_retries=9", "jitter=5%");
        quiet();
        assertEquals(0, execute("config", "export", "-u", broker.url()));
        Path file = Files.writeString(directory.resolve("policies.toml"), out.toString());
        assertEquals(0, execute("config", "diff", "-u", broker.url(), file.toString()), () -> out + "" + err);
        json("queue", "set", "copied", "max_retries=1");
        quiet();
        assertEquals(1, execute("config", "diff", "-u", broker.url(), file.toString()));
        assertTrue(out.toString().contains("max_retries"), out::toString);
        assertEquals(0, execute("config", "import", "--dry-run", "-u", broker.url(), file.toString()));
        assertEquals("1", json("queue", "show", "copied").get("max_retries").asText());
        assertEquals(0, execute("config", "import", "-u", broker.url(), file.toString()));
        assertEquals("9", json("queue", "show", "copied").get("max_retries").asText());
        assertEquals("5%", json("queue", "show", "copied").get("jitter").asText());
    }

    @Test
    void shouldImportNothingWhenAQueueWouldHaveWhatDoesNotGoTogether() throws Exception {
        json("queue", "set", "shared", "minimum_share_normal=50%");
        Path file = Files.writeString(
                directory.resolve("shares.toml"),
                "[queues.ahead]\nmax_retries = 8\n[queues.shared]\nminimum_share = \"60%\"\n");
        quiet();
        assertEquals(2, execute("config", "import", "-u", broker.url(), file.toString()));
        assertTrue(
                err.toString()
                        .contains("queues.shared, with what it has already: sum of minimum shares (percent) is 110; it"
                                + " must be 0 to 90\nnothing was changed\n"),
                err::toString);
        quiet();
        assertEquals(0, execute("config", "export", "-u", broker.url()));
        assertFalse(out.toString().contains("[queues.ahead]"), out::toString);
        assertFalse(out.toString().contains("60%"), out::toString);
        Files.writeString(
                file, "[queues.shared]\nminimum_share = \"60%\"\nminimum_share_normal = \"30%\"\n[queues.ahead]\n");
        assertEquals(0, execute("config", "import", "-u", broker.url(), file.toString()), err::toString);
        assertEquals("60%", json("queue", "show", "shared").get("minimum_share").asText());
    }

    @Test
    void shouldSayWhatOfAFileDoesNotCountForAnImport() throws Exception {
        Path file = Files.writeString(
                directory.resolve("whole.toml"), "[http]\nport = 1\n[queues.whole]\nmax_retries = 4\n");
        quiet();
        assertEquals(0, execute("config", "import", "-u", broker.url(), file.toString()), err::toString);
        assertTrue(err.toString().contains("only queue policies count here, not http.port"), err::toString);
        assertEquals("4", json("queue", "show", "whole").get("max_retries").asText());
        Files.writeString(file, "[queues.whole]\nmax_retrys = 5\n");
        assertEquals(2, execute("config", "import", "-u", broker.url(), file.toString()));
        assertTrue(err.toString().contains("did you mean \"max_retries\"?"), err::toString);
    }

    @Test
    void shouldSayWhatWasSetWhenTheBrokerRefusesAQueueMidway() throws Exception {
        Path other = Files.createDirectory(directory.resolve("secured"));
        try (SecuredBroker secured = SecuredBroker.start(other)) {
            String token = secured.token("some", List.of("admin"), List.of("admin:m*"));
            String url = secured.broker().url().replace("//", "//" + token + "@");
            Path file = Files.writeString(
                    directory.resolve("midway.toml"),
                    "[queues.a]\nmax_retries = 4\n[queues.m]\nmax_retries = 4\n[queues.z]\nmax_retries = 4\n");
            quiet();
            assertEquals(1, execute("config", "import", "-u", url, file.toString()), err::toString);
            assertTrue(err.toString().contains("set: [a]; not set: [m, z]"), err::toString);
            assertTrue(err.toString().contains("FORBIDDEN"), err::toString);
        }
    }
}
