package io.telpher.broker.security;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telpher.broker.thread.Chore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators did and who was turned away: {@code audit.jsonl} in the data directory, one JSON object a line, only ever appended to. At 8 MiB it
 * becomes {@code audit.1.jsonl}; the oldest of four such goes. The latest entries are kept in memory for those who ask.
 *
 * <p>Entries wait for a slow or full disk, with a limit, and adding one never waits: a partition's thread must not stand still for this file.
 * Refused logins, which any client can cause, leave most of the room to what operators do. Entries that find no room are in the log, and counted in one entry as soon
 * as there is room again. Thread-safe.
 */
public final class AuditLog {
    public static final String FILE = "audit.jsonl";

    /** Entries that can be asked for. */
    static final int RECENT_MAX = 5_000;

    /** Entries that wait for the disk. */
    static final int WAITING_MAX = 10_000;

    /** Refused logins are only counted from here on. */
    static final int WAITING_LOGINS_MAX = 1_000;

    /** How many are covered by one force of the file. */
    private static final int BATCH_MAX = 256;

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long FILE_BYTES_MAX = 8 << 20;

    private final Chore writing =
            new Chore("writing-audit-log", "TQ-1034 can't write " + FILE + "; entries wait for it");
    private final AuditFile file;
    private final Executor writer;
    private final Deque<JsonNode> recent = new ArrayDeque<>();
    private final Deque<ObjectNode> waiting = new ArrayDeque<>();
    private long sequence;
    private int leftOut;
    private boolean isWriterCalled;

    /**
     * One thing that happened.
     *
     * @param who a token's name
     * @param from address and port
     * @param via {@code tcp}, {@code http}, {@code broker}
     * @param action as in {@code PAUSE_QUEUE}, {@code LOGIN}
     * @param target queue or task, empty when it is about neither
     * @param outcome {@code OK}, or the code of the refusal
     * @param detail never a payload or a secret
     */
    public record Event(
            String who, String from, String via, String action, String target, String outcome, String detail) {}

    /** As it is written. */
    private record Entry(long seq, String at, @JsonUnwrapped Event event) {}

    /** @param writer runs one task after the other */
    AuditLog(Path directory, Executor writer) throws IOException {
        this(directory, writer, FILE_BYTES_MAX);
    }

    AuditLog(Path directory, Executor writer, long fileBytesMax) throws IOException {
        this.file = new AuditFile(directory, fileBytesMax);
        this.writer = writer;
        Files.createDirectories(directory);
        AuditFile.read(directory, 2, this::remember, problem -> LOG.warn("TQ-1034 {}", problem));
    }

    /**
     * All entries in a data directory, the oldest first; also while a broker writes there.
     *
     * @param damaged gets a message for people about each line that is passed over
     */
    public static void read(Path directory, Consumer<JsonNode> each, Consumer<String> damaged) throws IOException {
        AuditFile.read(directory, Integer.MAX_VALUE, each, damaged);
    }

    /**
     * One entry, while no broker runs on this directory. There for good when this returns.
     *
     * @throws IOException when it can't be written
     */
    public static void note(Path directory, Event event) throws IOException {
        AuditLog log = new AuditLog(directory, Runnable::run);
        log.add(event);
        String trouble = log.writing.trouble();
        if (trouble != null) {
            throw new IOException(trouble);
        }
    }

    private synchronized void remember(JsonNode entry) {
        sequence = Math.max(sequence, entry.path("seq").asLong());
        recent.addLast(entry);
        if (recent.size() > RECENT_MAX) {
            recent.removeFirst();
        }
    }

    /** Any thread; written by the writer's. Never waits. */
    public synchronized void add(Event event) {
        int room = event.action().equals("LOGIN") ? WAITING_LOGINS_MAX : WAITING_MAX;
        if (waiting.size() >= room) {
            leftOut++;
            LOG.error("TQ-1034 {} entries of the audit log wait for the disk; left out: {}", waiting.size(), event);
            return;
        }
        take(event);
        if (!isWriterCalled) {
            isWriterCalled = true;
            writer.execute(this::writeWaiting);
        }
    }

    private void take(Event event) {
        ObjectNode entry =
                JSON.valueToTree(new Entry(sequence + 1, Instant.now().toString(), event));
        remember(entry);
        waiting.addLast(entry);
    }

    /**
     * The newest first.
     *
     * @param before only entries with smaller numbers; 0 = from the newest on
     */
    public synchronized List<JsonNode> recent(int limit, long before) {
        List<JsonNode> entries = new ArrayList<>();
        recent.descendingIterator().forEachRemaining(entry -> {
            boolean isWanted = before == 0 || entry.path("seq").asLong() < before;
            if (isWanted && entries.size() < limit) {
                entries.add(entry);
            }
        });
        return entries;
    }

    /** The writer's thread. Entries that can't be written wait for the next entry or the next call. */
    void writeWaiting() {
        List<ObjectNode> batch = nextBatch();
        while (!batch.isEmpty()) {
            StringBuilder lines = new StringBuilder();
            batch.forEach(entry -> lines.append(entry).append('\n')); // JsonNode.toString is JSON
            try {
                file.append(lines.toString());
            } catch (IOException | RuntimeException | Error e) {
                writing.failed(e);
                return;
            }
            written(batch.size());
            batch = nextBatch();
        }
    }

    private synchronized List<ObjectNode> nextBatch() {
        isWriterCalled = false;
        return waiting.stream().limit(BATCH_MAX).toList();
    }

    private synchronized void written(int count) {
        writing.succeeded();
        for (int i = 0; i < count; i++) {
            waiting.removeFirst();
        }
        if (leftOut > 0) {
            String detail = leftOut + " entries found no room while the disk was slow or full; they are in the log";
            leftOut = 0;
            take(new Event("", "", "broker", "AUDIT_GAP", "", "LEFT_OUT", detail));
        }
    }

    /** Bringing entries to the disk, which is tried again each second. */
    Chore writing() {
        return writing;
    }

    /** Nothing will be written any more: what still waits goes to the log. */
    synchronized void end() {
        waiting.forEach(entry -> LOG.error("TQ-1034 {} could not be written to its end: {}", FILE, entry));
        waiting.clear();
    }
}
