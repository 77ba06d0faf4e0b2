package io.telpher.broker.cli.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.cli.Main;
import io.telpher.client.Telpher;
import io.telpher.protocol.TaskSpec;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code tq journal verify} on journals that are whole, torn, damaged, in use, or none. */
class JournalCommandTest {
    @TempDir
    Path directory;

    private Path data;
    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @BeforeEach
    void fill() throws Exception {
        data = directory.resolve("data");
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < 50; i++) {
                telpher.submit(TaskSpec.type("mail").queue("mail").payload("needle " + i));
            }
        }
    }

    private int verify() {
        out.getBuffer().setLength(0);
        errors.getBuffer().setLength(0);
        CommandLine command = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(errors));
        return command.execute("journal", "verify", data.toString(), "-o", "json");
    }

    private Path file() throws Exception {
        try (Stream<Path> tree = Files.walk(data.resolve("journal"))) {
            List<Path> files = tree.filter(path -> path.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
            return files.get(0);
        }
    }

    private static int find(byte[] in, String text) {
        return new String(in, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    private void flip(int at) throws Exception {
        byte[] bytes = Files.readAllBytes(file());
        bytes[at] ^= 4;
        Files.write(file(), bytes);
    }

    @Test
    void shouldFindNothingWrongWithAWholeJournalAndChangeNothing() throws Exception {
        byte[] before = Files.readAllBytes(file());
        assertEquals(0, verify(), out + "" + errors);
        assertTrue(out.toString().contains("\"verdict\" : \"intact\""), out.toString());
        assertTrue(errors.toString().startsWith("a broker would start: recovered from"), errors.toString());
        assertArrayEquals(before, Files.readAllBytes(file()));
    }

    @Test
    void shouldNameTheBatchOfADamagedPayloadAlsoBeforeTheSnapshot() throws Exception {
        flip(find(Files.readAllBytes(file()), "needle 30") + 3);
        assertEquals(4, verify());
        assertTrue(out.toString().contains("\"verdict\" : \"damaged\""), out.toString());
        assertTrue(
                errors.toString().startsWith("a broker would start"), "the snapshot holds what is needed: " + errors);
    }

    @Test
    void shouldSayThatABrokerWouldRefuseWithoutSnapshots() throws Exception {
        int at = find(Files.readAllBytes(file()), "needle 30");
        flip(at + 3);
        try (Stream<Path> snapshots = Files.list(data.resolve("snapshots"))) {
            for (Path snapshot : snapshots.toList()) {
                Files.delete(snapshot);
            }
        }
        assertEquals(4, verify());
        assertTrue(errors.toString().startsWith("a broker would refuse to start: TQ-2001"), errors.toString());
    }

    @Test
    void shouldNoticeABatchWhoseHeaderIsGone() throws Exception {
        byte[] bytes = Files.readAllBytes(file());
        int batch = new String(bytes, 0, find(bytes, "needle 30"), StandardCharsets.ISO_8859_1).lastIndexOf("BTEL");
        flip(batch);
        assertEquals(4, verify());
        assertTrue(out.toString().contains("\"verdict\" : \"damaged\""), out.toString());
    }

    @Test
    void shouldLeaveARunningBrokerAlone() throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts())) {
            assertEquals(4, verify());
            assertTrue(errors.toString().startsWith("TQ-2002"), errors.toString());
            assertTrue(broker.port() > 0);
        }
    }

    @Test
    void shouldSayWhenThereIsNoJournal() {
        data = directory.resolve("elsewhere");
        assertEquals(4, verify());
        assertTrue(errors.toString().startsWith("TQ-2016"), errors.toString());
    }
}
