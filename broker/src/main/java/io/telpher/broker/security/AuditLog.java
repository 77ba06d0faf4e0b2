package io.telpher.broker.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators did and who was turned away: {@code audit.jsonl} in the data directory, one JSON object a line, only ever appended to. At 8 MiB it
 * becomes {@code audit.1.jsonl}; the oldest of four such goes. The latest entries are kept in memory for those who ask. Thread-safe.
 */
public final class AuditLog {
    public static final String FILE = "audit.jsonl";

    /** Entries that can be asked for. */
    static final int RECENT_MAX = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long FILE_BYTES_MAX = 8 << 20;
    private static final int OLD_FILES = 4;

    private final Path directory;
    private final long fileBytesMax;
    private final Executor writer;
    private final Deque<JsonNode> recent = new ArrayDeque<>();
    private long sequence;

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

    /** @param writer runs one task after the other */
    AuditLog(Path directory, Executor writer) throws IOException {
        this(directory, writer, FILE_BYTES_MAX);
    }

    AuditLog(Path directory, Executor writer, long fileBytesMax) throws IOException {
        this.directory = directory;
        this.writer = writer;
        this.fileBytesMax = fileBytesMax;
        Files.createDirectories(directory);
        load(directory.resolve(oldName(1)));
        load(directory.resolve(FILE));
    }

    /** A line that a crash cut short is passed over. */
    private void load(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
            lines.forEach(line -> {
                try {
                    remember(JSON.readTree(line));
                } catch (JsonProcessingException e) {
                    LOG.warn("TQ-1034 {} has a line that is not JSON: {}", file, e.getOriginalMessage());
                }
            });
        }
    }

    private synchronized void remember(JsonNode entry) {
        sequence = Math.max(sequence, entry.path("seq").asLong());
        recent.addLast(entry);
        if (recent.size() > RECENT_MAX) {
            recent.removeFirst();
        }
    }

    /** Any thread; written by the writer's. */
    public synchronized void add(Event event) {
        ObjectNode entry = JSON.createObjectNode();
        entry.put("seq", sequence + 1);
        entry.put("at", Instant.now().toString());
        entry.put("who", event.who());
        entry.put("from", event.from());
        entry.put("via", event.via());
        entry.put("action", event.action());
        entry.put("target", event.target());
        entry.put("outcome", event.outcome());
        entry.put("detail", event.detail());
        remember(entry);
        writer.execute(() -> write(entry));
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

    private void write(ObjectNode entry) {
        Path file = directory.resolve(FILE);
        try {
            if (Files.exists(file) && Files.size(file) >= fileBytesMax) {
                rotate(file);
            }
            ByteBuffer line = StandardCharsets.UTF_8.encode(JSON.writeValueAsString(entry) + "\n");
            try (FileChannel channel = FileChannel.open(
                    file,
                    EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                while (line.hasRemaining()) {
                    channel.write(line);
                }
                channel.force(false);
            }
        } catch (IOException e) {
            LOG.error("TQ-1034 can't write {}: {}; the entry was {}", file, e, entry);
        }
    }

    private void rotate(Path file) throws IOException {
        for (int i = OLD_FILES; i > 1; i--) {
            Path younger = directory.resolve(oldName(i - 1));
            if (Files.exists(younger)) {
                Files.move(younger, directory.resolve(oldName(i)), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(file, directory.resolve(oldName(1)), StandardCopyOption.REPLACE_EXISTING);
    }

    private static String oldName(int age) {
        return FILE.replace(".jsonl", "." + age + ".jsonl");
    }
}
