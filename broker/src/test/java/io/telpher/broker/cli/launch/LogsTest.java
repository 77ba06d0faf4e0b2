package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.TqProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a broker writes to stderr: text for people, an object a line for programs. */
class LogsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private static JsonNode encoded(String message, @org.jspecify.annotations.Nullable Throwable thrown)
            throws Exception {
        LoggingEvent event = new LoggingEvent(
                "here", new LoggerContext().getLogger("io.telpher.X"), Level.WARN, message, thrown, null);
        byte[] line = new JsonLines().encode(event);
        assertEquals('\n', line[line.length - 1]);
        String text = new String(line, 0, line.length - 1, StandardCharsets.UTF_8);
        assertEquals(-1, text.indexOf('\n'), "an event is one line");
        return JSON.readTree(text);
    }

    @Test
    void shouldGiveTheCodeAFieldOfItsOwn() throws Exception {
        JsonNode line = encoded("TQ-2007 a sync\nfailed", new IllegalStateException("no \"disk\""));
        assertEquals("TQ-2007", line.get("code").asText());
        assertEquals("TQ-2007 a sync\nfailed", line.get("message").asText());
        assertEquals("WARN", line.get("level").asText());
        assertTrue(line.get("error").asText().startsWith("java.lang.IllegalStateException: no \"disk\""));
        assertFalse(encoded("plain", null).has("code"));
    }

    @ParameterizedTest
    @Timeout(120)
    @CsvSource({"auto, true", "json, true", "text, false"})
    void shouldWriteJsonWhereNoTerminalIs(String format, boolean isJson) throws Exception {
        List<String> command = TqProcess.command(
                "broker", "--set", "listen.port=0", "--set", "http.port=0", "--set", "log.format=" + format);
        Process broker =
                new ProcessBuilder(command).directory(directory.toFile()).start();
        try {
            assertTrue(broker.inputReader().readLine().startsWith("ready "));
            String first = broker.errorReader(StandardCharsets.UTF_8).readLine();
            if (isJson) {
                JsonNode line = JSON.readTree(first);
                assertEquals("INFO", line.get("level").asText(), first);
                assertTrue(line.get("time").asText().endsWith("Z"), first);
            } else {
                assertTrue(first.matches("\\S+ INFO +\\S+ .*"), first);
            }
        } finally {
            broker.destroyForcibly().waitFor();
        }
    }
}
