package io.telpher.broker.cli.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tq doctor}: what it says agrees with how it ends, and it leaves nothing. */
class DoctorTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int doctor(Path of) {
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute("doctor", "--dir", of.toString(), "-o", "json");
    }

    @Test
    void shouldMeasureAndLeaveNothingBehind() throws Exception {
        int exit = doctor(directory);
        JsonNode checks = new ObjectMapper().readTree(out.toString());
        List<String> names = checks.findValuesAsText("check");
        assertTrue(
                names.containsAll(List.of("file_system", "free_disk", "sync_append", "sync_over_zeros", "one_by_one")),
                names::toString);
        assertTrue(
                names.containsAll(List.of("memory", "heap_share", "clock_source", "clock_set", "clock_drift")),
                names::toString);
        boolean isBad = checks.findValuesAsText("verdict").contains("bad");
        assertEquals(isBad ? 1 : 0, exit, err::toString);
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private String heap() throws Exception {
        doctor(directory);
        for (JsonNode check : new ObjectMapper().readTree(out.toString())) {
            if (check.get("check").asText().equals("heap")) {
                return check.get("measured").asText();
            }
        }
        throw new AssertionError(out.toString());
    }

    /** The command's own heap is Java's choice by the machine's memory, and says nothing of the broker's. */
    @Test
    void shouldLookAtTheBrokersHeap() throws Exception {
        assertEquals(
                "1024 MiB, as bin/broker would start one",
                (BrokerHeap.started("-Xms256m -Xmx2g -Xmx1024m").bytes() >> 20) + " MiB, "
                        + BrokerHeap.started("-Xmx1g").whose());
        Files.writeString(
                directory.resolve(LiveConfig.FILE),
                "{\"pid\":" + ProcessHandle.current().pid() + ",\"heap_max_bytes\":734003200}");
        assertEquals("700 MiB, of the broker that runs", heap());
    }

    @Test
    void shouldRefuseADirectoryThatIsNotThere() {
        assertEquals(2, doctor(directory.resolve("missing")));
        assertTrue(err.toString().startsWith("TQ-4011 "), err::toString);
        assertTrue(err.toString().contains("name one that is with --dir"), err::toString);
    }
}
