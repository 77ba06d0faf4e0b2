package io.telpher.broker.cli.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cli.Main;
import io.telpher.broker.cli.TqProcess;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code tq top} on a terminal and in a pipe, against a broker. */
class TopTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALTERNATE_SCREEN_LEFT = "\u001b[?1049l";

    @TempDir
    static Path directory;

    private static Broker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = Broker.start(BrokerConfig.of(directory).onFreePorts());
        try (Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submit(TaskSpec.type("t").queue("mail"));
            telpher.submit(TaskSpec.type("t").queue("sms"));
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static JsonNode inTerminal(String... steps) throws Exception {
        List<String> command =
                new ArrayList<>(List.of("python3", "src/test/python/in_terminal.py", JSON.writeValueAsString(steps)));
        command.addAll(TqProcess.command("top", "-u", broker.url(), "--interval", "0.2"));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), out);
        return JSON.readTree(out);
    }

    private static void assertRestored(JsonNode ended) {
        assertTrue(ended.get("restored").asBoolean());
        String out = ended.get("output").asText();
        assertTrue(out.contains(ALTERNATE_SCREEN_LEFT), out);
        assertTrue(out.lastIndexOf(ALTERNATE_SCREEN_LEFT) > out.lastIndexOf("mail"), out);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldDrawListenAndGiveTheTerminalBack() throws Exception {
        JsonNode ended = inTerminal(
                "until mail",
                "type /sms\r",
                "size 30 150",
                "until 1 of 2 queues",
                "size 10 40",
                "until Telpher",
                "type q");
        assertEquals(0, ended.get("exit").asInt());
        assertRestored(ended);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldGiveTheTerminalBackWhenStopped() throws Exception {
        JsonNode byKey = inTerminal("until mail", "type \u0003");
        assertEquals(0, byKey.get("exit").asInt());
        assertRestored(byKey);
        assertRestored(inTerminal("until mail", "signal TERM"));
    }

    @Test
    void shouldShowItOnceInAPipe() throws Exception {
        StringWriter out = new StringWriter();
        assertEquals(
                0,
                Main.commandLine()
                        .setOut(new PrintWriter(out))
                        .execute("top", "-u", broker.url(), "--interval", "0.1", "--once"));
        assertTrue(out.toString().lines().anyMatch(line -> line.startsWith("mail ")), out::toString);
        StringWriter json = new StringWriter();
        assertEquals(
                0,
                Main.commandLine()
                        .setOut(new PrintWriter(json))
                        .execute("top", "-u", broker.url(), "--interval", "0.1", "-o", "json"));
        JsonNode told = JSON.readTree(json.toString());
        assertEquals("mail", told.get("queues").get(0).get("queue").asText());
        assertEquals(2, told.get("broker").get("ready").asInt());
        assertNotNull(told.get("broker").get("sync_p99_micros"));
        assertEquals(0, told.get("workers").size());
    }

    @Test
    void shouldRefuseAnIntervalThatMakesNoSense() {
        StringWriter err = new StringWriter();
        assertEquals(
                2,
                Main.commandLine()
                        .setErr(new PrintWriter(err))
                        .execute("top", "-u", broker.url(), "--interval", "0", "--once"));
        assertTrue(err.toString().contains("0.1 to 3600 seconds"), err::toString);
    }
}
