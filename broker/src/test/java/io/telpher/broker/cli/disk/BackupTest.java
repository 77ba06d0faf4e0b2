package io.telpher.broker.cli.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.Broker;
import io.telpher.broker.BrokerConfig;
import io.telpher.broker.SecuredBroker;
import io.telpher.broker.cli.JournalText;
import io.telpher.broker.cli.Main;
import io.telpher.broker.journal.BytesRead;
import io.telpher.client.Telpher;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tq backup}, tested by restoring. */
@Timeout(300)
class BackupTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int backup(Path data, Path copy, String... more) {
        List<String> all = new ArrayList<>(List.of("backup", data.toString(), copy.toString()));
        all.addAll(List.of(more));
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(errors))
                .execute(all.toArray(String[]::new));
    }

    private static byte[] payload(int i) {
        // Larger than a page, so that tasks spread over files while they are copied.
        return ("payload " + i + " ").repeat(500).getBytes(StandardCharsets.UTF_8);
    }

    private static void requireAll(Path data, List<Long> ids) throws Exception {
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < ids.size(); i++) {
                String expected = new String(payload(i), StandardCharsets.UTF_8);
                assertEquals(
                        expected,
                        new String(telpher.getAsync(ids.get(i), true).join().payload, StandardCharsets.UTF_8),
                        "task " + i + " of the copy");
            }
        }
    }

    @Test
    void shouldRestoreWhatWasConfirmedBeforeWhileTrafficGoesOn() throws Exception {
        Path data = directory.resolve("data");
        Path copy = directory.resolve("copy");
        List<Long> before = new ArrayList<>();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            for (int i = 0; i < 200; i++) {
                before.add(telpher.submit(TaskSpec.type("mail").queue("kept").payload(payload(i)))
                        .taskId());
            }
            CountDownLatch stop = new CountDownLatch(1);
            CountDownLatch first = new CountDownLatch(1);
            Thread traffic = new Thread(() -> {
                try {
                    while (stop.getCount() > 0) {
                        telpher.submit(TaskSpec.type("mail").queue("passing").payload(payload(0)));
                        first.countDown();
                    }
                } catch (RuntimeException e) {
                    failures.add(e);
                }
            });
            telpher.worker("passing").start(task -> Result.NONE);
            traffic.start();
            first.await();
            assertEquals(0, backup(data, copy), out + " " + errors);
            stop.countDown();
            traffic.join();
        }
        assertTrue(failures.isEmpty(), failures.toString());
        assertTrue(out.toString().contains("recovered from"), out.toString());
        requireAll(copy, before);
    }

    /** A copy whose folders lose their names in a power cut is none. */
    @Test
    void shouldForceTheNamesWithinACopyAndAboveIt() throws Exception {
        Path data = directory.resolve("data");
        Broker.start(BrokerConfig.of(data).onFreePorts()).close();
        Path copy = directory.resolve("new/copies/of-today");
        Set<Path> forced = new HashSet<>();
        new DataCopy(data, copy, BytesRead.NOBODY, forced::add).pass();
        for (Path above = copy.getParent(); above != null; above = above.getParent()) {
            assertTrue(forced.contains(above), above + " of " + forced);
        }
        try (Stream<Path> within = Files.walk(copy)) {
            assertEquals(
                    List.of(),
                    within.filter(path -> Files.isDirectory(path) && !forced.contains(path))
                            .toList());
        }
    }

    @Test
    void shouldCopyTheDataOfABrokerThatIsStopped() throws Exception {
        Path data = directory.resolve("data");
        long id;
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            id = telpher.submit(TaskSpec.type("mail").payload(payload(0))).taskId();
        }
        Path copy = directory.resolve("copy");
        assertEquals(0, backup(data, copy), out + " " + errors);
        assertFalse(Files.exists(copy.resolve("zeroed")), "files of zeros are made anew");
        requireAll(copy, List.of(id));
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            assertEquals(TaskState.READY, telpher.get(id).state, "the data itself is as it was");
        }
    }

    /** The file that an idle broker writes to is nearly all zeros. */
    @Test
    void shouldLeaveZerosOut() throws Exception {
        Path data = directory.resolve("data");
        Broker.start(BrokerConfig.of(data).onFreePorts()).close();
        Path copy = directory.resolve("copy");
        assertEquals(0, backup(data, copy, "-o", "json"), out + " " + errors);
        long copied =
                new ObjectMapper().readTree(out.toString()).path("copied_bytes").asLong();
        List<Path> files;
        try (Stream<Path> tree = Files.walk(copy)) {
            files = tree.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("lock")) // of the check
                    .toList();
        }
        long size = 0;
        for (Path file : files) {
            Path original = data.resolve(copy.relativize(file).toString());
            assertEquals(-1, Files.mismatch(original, file), file::toString);
            assertEquals(Files.getLastModifiedTime(original), Files.getLastModifiedTime(file), file::toString);
            assertEquals(Files.getPosixFilePermissions(original), Files.getPosixFilePermissions(file));
            size += Files.size(file);
        }
        assertTrue(size > 64 << 20, "there is a journal file");
        assertTrue(0 < copied && copied < 1 << 20, copied + " bytes were written");
    }

    @Test
    void shouldAskABrokerThatWantsATokenBeforeItCopies() throws Exception {
        Path data = directory.resolve("data");
        Path copy = directory.resolve("copy");
        try (SecuredBroker secured = SecuredBroker.start(directory)) {
            String token = secured.token("ops", List.of("admin"), List.of());
            assertEquals(1, backup(data, copy), out + " " + errors);
            assertTrue(errors.toString().contains("UNAUTHENTICATED"), errors.toString());
            assertFalse(Files.exists(copy), "nothing is left in the way of the next try");
            String url = secured.broker().url().replace("//", "//" + token + "@");
            assertEquals(0, backup(data, copy, "--url", url), out + " " + errors);
            assertTrue(out.toString().contains(secured.broker().url()), out.toString());
            assertFalse(out.toString().contains(token), "the token was printed");
        }
    }

    @Test
    void shouldKeepPayloadsFromOtherUsers() throws Exception {
        Path data = directory.resolve("new");
        Broker.start(BrokerConfig.of(data).onFreePorts()).close();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(data)));
        Path copy = directory.resolve("copies/monday");
        assertEquals(0, backup(data, copy), out + " " + errors);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)));
        // What was made before keeps what its owner gave it.
        Path group = Files.createDirectory(
                directory.resolve("group"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
        Broker.start(BrokerConfig.of(group).onFreePorts()).close();
        assertEquals("rwxr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(group)));
    }

    @Test
    void shouldSayThatACopyIsNotWhole() throws Exception {
        Path data = directory.resolve("data");
        try (Broker broker = Broker.start(BrokerConfig.of(data).onFreePorts());
                Telpher telpher = Telpher.connect(broker.url())) {
            telpher.submit(TaskSpec.type("mail").payload("needle"));
        }
        JournalText needle = JournalText.find(data, "needle");
        byte[] bytes = Files.readAllBytes(needle.file());
        bytes[(int) needle.at()] ^= 1;
        Files.write(needle.file(), bytes);
        assertEquals(4, backup(data, directory.resolve("copy")));
        assertTrue(errors.toString().startsWith("TQ-4002"), errors.toString());
    }

    @Test
    void shouldRefuseToMixACopyWithSomethingElse() throws Exception {
        assertEquals(2, backup(directory.resolve("nowhere"), directory.resolve("copy")));
        assertTrue(errors.toString().startsWith("TQ-4001"), errors.toString());
        Files.createDirectories(directory.resolve("data/journal"));
        Files.writeString(Files.createDirectory(directory.resolve("full")).resolve("x"), "x");
        errors.getBuffer().setLength(0);
        assertEquals(2, backup(directory.resolve("data"), directory.resolve("full")));
        assertTrue(errors.toString().startsWith("TQ-4003"), errors.toString());
    }
}
