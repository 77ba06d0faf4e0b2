package io.telpher.benchmarks.rivals;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.benchmarks.report.Figure;
import io.telpher.benchmarks.report.Row;
import io.telpher.benchmarks.report.Workload;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Short rows: that work gets through each broker that is here, and that a row says what went wrong. */
class MeasurementTest {
    private static final Settings SHORT = new Settings(1, 0, 0, 500, 256);
    private static final Limits NONE = new Limits(Double.MAX_VALUE, Double.MAX_VALUE);

    @TempDir
    Path directory;

    /** The broker of these classes, in a process of its own. */
    private static List<String> launcher() {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.telpher.broker.cli.Main", "broker"));
        return command;
    }

    private Measurement measurement() {
        return new Measurement(directory, SHORT, NONE);
    }

    @AfterEach
    void shouldLeaveNothing() throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Workload.class,
            names = {"W1", "W3_1000", "MIXED"})
    void shouldMeasureTelpherThroughItsClient(Workload workload) throws Exception {
        Row row = measurement().row(new TelpherBroker(launcher(), false, Syncs.FIRST), workload, 1);
        assertNull(row.error(), row::toString);
        assertTrue(row.isSound(), row::toString);
        assertTrue(row.figure(workload.headline()).orElseThrow() > 0, row::toString);
        assertTrue(row.figure(Figure.SERVER_CPU_MS).orElseThrow() > 0, row::toString);
    }

    @ParameterizedTest
    @EnumSource(
            value = Workload.class,
            names = {"W2", "W5"})
    void shouldMeasureTelpherThroughASocket(Workload workload) throws Exception {
        Row row = measurement().row(new TelpherBroker(launcher(), true, Syncs.FIRST), workload, 1);
        assertNull(row.error(), row::toString);
        assertTrue(row.figure(Figure.RATE).orElseThrow() > 0, row::toString);
    }

    @Test
    void shouldFindEveryTaskAfterAKill() throws Exception {
        Row row = measurement().row(new TelpherBroker(launcher(), false, Syncs.FIRST), Workload.W4, 1);
        assertNull(row.error(), row::toString);
        assertEquals(0, row.figure(Figure.LOST).orElseThrow(), row::toString);
        assertTrue(row.figure(Figure.FIRST_RESERVE_SECONDS).orElseThrow() > 0, row::toString);
    }

    /** Where they are not installed it is said, and nothing fails. */
    @Test
    void shouldMeasureOtherBrokersWhereTheyAre() throws Exception {
        for (Rival rival : List.of(new Redis(Syncs.FIRST), new Beanstalkd(Syncs.FIRST))) {
            Row row = measurement().row(rival, Workload.W5, 1);
            if (Measurement.missing(rival).isEmpty()) {
                assertNull(row.error(), row::toString);
                assertTrue(row.figure(Figure.RATE).orElseThrow() > 0, row::toString);
            } else {
                assertEquals("there is no " + rival.programs().get(0) + " here", row.skipped());
            }
        }
    }

    @Test
    void shouldSkipABrokerThatIsNotInstalled() throws Exception {
        Row row = measurement().row(new Stub(List.of("a-broker-that-no-one-wrote")), Workload.W1, 2);
        assertEquals("there is no a-broker-that-no-one-wrote here", row.skipped());
        assertEquals(2, row.round());
        assertTrue(row.figures().isEmpty(), row::toString);
    }

    @Test
    void shouldSayWhyAServerDidNotStart() throws Exception {
        Row row = measurement().row(new Stub(List.of("sh")), Workload.W1, 1);
        String error = row.error();
        assertNotNull(error, row::toString);
        assertTrue(error.contains("the server ended with code 7") && error.contains("no room for a queue"), error);
    }

    @Test
    void shouldNameWhatDisturbedARow() {
        Limits limits = new Limits(0.15, 0.3);
        assertNull(limits.disturbed(with(0.15, 0.3)));
        assertEquals("0.20 cores stolen, limit 0.15", limits.disturbed(with(0.2, 0)));
        assertEquals("0.50 cores taken by other processes, limit 0.30", limits.disturbed(with(0, 0.5)));
    }

    private static Row with(double steal, double others) {
        Map<String, Double> figures = Map.of(Figure.STEAL_CORES.key(), steal, Figure.OTHERS_CORES.key(), others);
        return new Row("", "redis", "", "", true, "W1", 1, figures, null, null, null);
    }

    @Test
    void shouldMixSizes() {
        assertEquals(Payloads.MIXED_MIN, Payloads.mixed(0));
        assertEquals(317, Payloads.mixed(0.5));
        assertEquals(Payloads.MIXED_MAX, Payloads.mixed(Math.nextDown(1.0)));
        assertEquals(17, Payloads.due(Payloads.mixed().next(17)));
    }

    /** Its server says why and ends. */
    private record Stub(List<String> programs) implements Rival {
        @Override
        public String name() {
            return "stub";
        }

        @Override
        public String durability() {
            return "none";
        }

        @Override
        public boolean syncs() {
            return false;
        }

        @Override
        public String debianPackage() {
            return "stub";
        }

        @Override
        public String version() {
            return "1";
        }

        @Override
        public Server start(Path data) throws IOException {
            return Server.spawn(
                            Server.freePort(),
                            data.resolve("server.log"),
                            Map.of(),
                            List.of("sh", "-c", "echo no room for a queue; exit 7"))
                    .awaitPort();
        }

        @Override
        public Driver connect(Server server) {
            throw new IllegalStateException("it has no server");
        }
    }
}
