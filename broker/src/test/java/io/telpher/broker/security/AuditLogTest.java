package io.telpher.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that was noted is lost: across rotation, restarts, crashes in the middle of a line, and a disk that is full or slow for a while. */
@Tag("security")
class AuditLogTest {
    private static final long NO_ROTATION = 1 << 30;

    @TempDir
    Path directory;

    /** What a slow disk has not come to yet. */
    private final Queue<Runnable> later = new ArrayDeque<>();

    private AuditLog open(long fileBytesMax) throws IOException {
        return new AuditLog(directory, Runnable::run, fileBytesMax);
    }

    private static void note(AuditLog log, String action, String target) {
        log.add(new AuditLog.Event("ops", "127.0.0.1:1", "tcp", action, target, "OK", "über"));
    }

    private List<JsonNode> written() throws IOException {
        List<JsonNode> entries = new ArrayList<>();
        AuditLog.read(directory, entries::add, problem -> {});
        return entries;
    }

    private List<Long> numbers() throws IOException {
        return written().stream().map(entry -> entry.path("seq").asLong()).toList();
    }

    private static List<Long> upTo(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    @Test
    void shouldLoseNothingAcrossRotationsAndRestarts() throws IOException {
        for (int run = 0; run < 5; run++) {
            AuditLog log = open(1_000);
            for (int i = 0; i < 3; i++) {
                note(log, "PAUSE_QUEUE", "q" + i);
            }
            assertEquals((run + 1) * 3L, log.recent(1, 0).get(0).path("seq").asLong());
        }
        assertTrue(Files.exists(directory.resolve("audit.1.jsonl")), "it is about rotation");
        assertEquals(upTo(1, 15), numbers());
    }

    @Test
    void shouldKeepFourOldFilesAndOnlyTheOwnerReadsThem() throws IOException {
        AuditLog log = open(1);
        for (int i = 0; i < 9; i++) {
            note(log, "PAUSE_QUEUE", "q");
        }
        assertEquals(upTo(5, 9), numbers());
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
    }

    @Test
    void shouldOnlyEverAppend() throws IOException {
        AuditLog log = open(NO_ROTATION);
        note(log, "PAUSE_QUEUE", "a");
        byte[] before = Files.readAllBytes(directory.resolve(AuditLog.FILE));
        note(log, "RESUME_QUEUE", "a");
        byte[] after = Files.readAllBytes(directory.resolve(AuditLog.FILE));
        assertEquals(0, Arrays.compare(before, Arrays.copyOf(after, before.length)));
    }

    @Test
    void shouldWriteOnAfterEachPlaceWhereACrashMayCutTheLastLine() throws IOException {
        note(open(NO_ROTATION), "PAUSE_QUEUE", "first");
        Path file = directory.resolve(AuditLog.FILE);
        byte[] whole = Files.readAllBytes(file);
        // Also in the middle of the two bytes of a letter.
        for (int cut = 1; cut < whole.length - 2; cut++) {
            Files.write(file, whole);
            Files.write(file, Arrays.copyOf(whole, cut), StandardOpenOption.APPEND);
            note(open(NO_ROTATION), "PAUSE_QUEUE", "next");
            assertEquals(List.of(1L, 2L), numbers(), "cut at " + cut);
        }
    }

    @Test
    void shouldKeepWhatAFullDiskRefusedUntilThereIsSpace() throws IOException {
        assumeTrue(Files.exists(Path.of("/dev/full")), "needs a device that is always full");
        AuditLog log = open(NO_ROTATION);
        Path file = directory.resolve(AuditLog.FILE);
        Files.createSymbolicLink(file, Path.of("/dev/full"));
        note(log, "PAUSE_QUEUE", "a");
        note(log, "RESUME_QUEUE", "a");
        assertEquals(2, log.recent(10, 0).size(), "who asks sees them");
        Files.delete(file);
        assertFalse(Files.exists(file));
        log.writeWaiting();
        assertEquals(upTo(1, 2), numbers());
        note(log, "PURGE_QUEUE", "a");
        assertEquals(upTo(1, 3), numbers(), "none twice");
    }

    @Test
    void shouldLeaveRoomForOperatorsWhenLoginsFloodASlowDisk() throws IOException {
        AuditLog log = new AuditLog(directory, later::add, NO_ROTATION);
        for (int i = 0; i < AuditLog.WAITING_LOGINS_MAX + 7; i++) {
            note(log, "LOGIN", "");
        }
        note(log, "PAUSE_QUEUE", "kept");
        assertEquals(1, later.size(), "the writer is called once");
        later.remove().run();
        List<JsonNode> entries = written();
        assertEquals(AuditLog.WAITING_LOGINS_MAX + 2, entries.size());
        assertEquals(
                "kept", entries.get(AuditLog.WAITING_LOGINS_MAX).path("target").asText());
        JsonNode gap = entries.get(entries.size() - 1);
        assertEquals("AUDIT_GAP", gap.path("action").asText());
        assertTrue(gap.path("detail").asText().startsWith("7 entries"), gap.toString());
    }

    @Test
    void shouldBoundWhatWaitsAndNumberWithoutGaps() throws IOException {
        AuditLog log = new AuditLog(directory, later::add, NO_ROTATION);
        for (int i = 0; i < AuditLog.WAITING_MAX + 3; i++) {
            note(log, "PAUSE_QUEUE", "q");
        }
        later.remove().run();
        assertEquals(upTo(1, AuditLog.WAITING_MAX + 1), numbers());
        note(log, "PAUSE_QUEUE", "after");
        later.remove().run();
        assertEquals(AuditLog.WAITING_MAX + 2, numbers().size());
    }

    @Test
    void shouldTellOfDamagedLinesAndReadTheOthers() throws IOException {
        note(open(NO_ROTATION), "PAUSE_QUEUE", "a");
        Files.writeString(
                directory.resolve(AuditLog.FILE), "{\"seq\":\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND);
        List<String> problems = new ArrayList<>();
        AuditLog.read(directory, entry -> {}, problems::add);
        assertEquals(1, problems.size());
        assertTrue(problems.get(0).contains("audit.jsonl has a line that is not JSON"), problems.toString());
        assertEquals(1, open(NO_ROTATION).recent(10, 0).size());
    }
}
