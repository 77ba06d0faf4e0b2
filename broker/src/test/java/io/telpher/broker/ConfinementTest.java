package io.telpher.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.telpher.client.Submission;
import io.telpher.client.Telpher;
import io.telpher.client.Worker;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A broker writes nothing outside its data directory and connects to nobody. */
@EnabledOnOs(OS.LINUX)
class ConfinementTest {
    /** Far ends in /proc/PID/net: none, or loopback, in IPv4 and IPv6. */
    private static final String HARMLESS = "0{8}|0{32}|0100007F|0{16}FFFF00000100007F|0{24}01000000";

    @TempDir
    Path outside;

    @TempDir
    Path inside;

    @Test
    void shouldKeepToItsDirectory() throws Exception {
        Process broker = start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(broker.getInputStream(), StandardCharsets.UTF_8))) {
            String binaryPort = String.valueOf(out.readLine()).split(" ", -1)[1];
            work("tq://127.0.0.1:" + binaryPort);
            assertEquals(List.of(), connectionsElsewhere(broker.pid()));
            broker.destroy();
            broker.waitFor();
        } finally {
            broker.destroyForcibly();
        }
        assertEquals(List.of(), below(outside));
        assertFalse(below(inside).isEmpty());
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        // The JVM's own statistics go to /tmp, whatever it is told.
        command.addAll(List.of("-XX:-UsePerfData", "-Duser.home=" + outside, "-Djava.io.tmpdir=" + outside));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BrokerProcess.class.getName()));
        command.addAll(List.of(inside.toString(), "0"));
        ProcessBuilder builder = new ProcessBuilder(command).directory(outside.toFile());
        builder.environment().put("HOME", outside.toString());
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static void work(String url) {
        try (Telpher telpher = Telpher.connect(url);
                Worker worker = telpher.worker("any").start(task -> Result.NONE)) {
            Submission submission = telpher.submit(TaskSpec.type("any").queue("any"));
            assertEquals(TaskState.COMPLETED, telpher.waitFor(submission.taskId(), Duration.ofSeconds(60)).state);
        }
    }

    private static List<String> connectionsElsewhere(long pid) throws IOException {
        Path process = Path.of("/proc", String.valueOf(pid));
        Set<String> sockets = sockets(process.resolve("fd"));
        assertFalse(sockets.isEmpty(), "a broker listens");
        List<String> elsewhere = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            for (String line : Files.readAllLines(process.resolve("net").resolve(table))) {
                String[] columns = line.strip().split("\\s+");
                String farEnd = columns[2].replaceFirst(":.*", "");
                if (sockets.contains("socket:[" + columns[9] + "]") && !farEnd.matches(HARMLESS)) {
                    elsewhere.add(table + " " + line);
                }
            }
        }
        return elsewhere;
    }

    private static Set<String> sockets(Path descriptors) throws IOException {
        Set<String> sockets = new HashSet<>();
        try (Stream<Path> open = Files.list(descriptors)) {
            for (Path descriptor : open.toList()) {
                sockets.add(target(descriptor));
            }
        }
        sockets.removeIf(target -> !target.startsWith("socket:"));
        return sockets;
    }

    private static String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return "closed while we looked";
        }
    }

    private static List<Path> below(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> !file.equals(directory)).toList();
        }
    }
}
