package io.telpher.broker.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.files.DurableFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.function.Consumer;

/**
 * {@code audit.jsonl} and the older ones beside it. Lines are only appended, and a line is there whole or not at all: what a crash or a full disk cut
 * short is ended or taken back before the next one. One thread.
 */
final class AuditFile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int OLD_FILES = 4;

    private final Path directory;
    private final long bytesMax;
    private boolean mayBeCut = true;

    /** @param bytesMax a file that has these or more is followed by a new one */
    AuditFile(Path directory, long bytesMax) {
        this.directory = directory;
        this.bytesMax = bytesMax;
    }

    /**
     * Lines that are no JSON are told and passed over.
     *
     * @param files of the youngest, how many; more than there are is fine
     * @param each in the order of writing
     * @param damaged gets a message for people
     */
    static void read(Path directory, int files, Consumer<JsonNode> each, Consumer<String> damaged) throws IOException {
        for (int age = Math.min(files - 1, OLD_FILES); age >= 0; age--) {
            Path file = directory.resolve(name(age));
            if (Files.exists(file)) {
                read(file, each, damaged);
            }
        }
    }

    private static void read(Path file, Consumer<JsonNode> each, Consumer<String> damaged) throws IOException {
        // A reader of its own: it replaces bytes that a crash left of half a character, where Files.lines would throw.
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                try {
                    each.accept(JSON.readTree(line));
                } catch (JsonProcessingException e) {
                    damaged.accept(file + " has a line that is not JSON: " + e.getOriginalMessage());
                }
            }
        }
    }

    /** Written and forced when this returns; when it throws, none of it is there. */
    void append(String lines) throws IOException {
        Path file = directory.resolve(name(0));
        boolean isNew = !Files.exists(file);
        if (!isNew && Files.size(file) >= bytesMax) {
            rotate(file);
            isNew = true;
        }
        try (FileChannel channel = FileChannel.open(
                file,
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            String first = mayBeCut && isCut(file) ? "\n" : "";
            long before = channel.size();
            try {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(first + lines);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(false);
                if (isNew) {
                    DurableFile.force(directory); // after a power cut a file is found only under a name that was forced
                }
                mayBeCut = false;
            } catch (IOException e) {
                takeBack(channel, before, e);
                throw e;
            }
        }
    }

    private void takeBack(FileChannel channel, long before, IOException why) {
        mayBeCut = true;
        try {
            channel.truncate(before);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private static boolean isCut(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return channel.size() > 0 && channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
        }
    }

    private void rotate(Path file) throws IOException {
        for (int age = OLD_FILES; age > 1; age--) {
            Path younger = directory.resolve(name(age - 1));
            if (Files.exists(younger)) {
                Files.move(younger, directory.resolve(name(age)), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Files.move(file, directory.resolve(name(1)), StandardCopyOption.REPLACE_EXISTING);
    }

    /** @param age 0 = the one that is written */
    private static String name(int age) {
        return age == 0 ? AuditLog.FILE : AuditLog.FILE.replace(".jsonl", "." + age + ".jsonl");
    }
}
