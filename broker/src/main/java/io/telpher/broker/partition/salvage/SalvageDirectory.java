package io.telpher.broker.partition.salvage;

import io.telpher.broker.files.DurableFile;
import io.telpher.broker.journal.JournalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Where a salvage writes: a directory beside the one that was asked for, which gets its name when it is whole, so that no broker starts on half of it. */
final class SalvageDirectory implements AutoCloseable {
    private final Path target;
    private final Path unfinished;

    private SalvageDirectory(Path target, Path unfinished) {
        this.target = target;
        this.unfinished = unfinished;
    }

    static SalvageDirectory prepare(Path given) throws IOException {
        Path target = given.toAbsolutePath().normalize();
        Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
        requireEmpty(target, "name one that is empty or not there yet");
        requireEmpty(unfinished, "it is left of a salvage that was cut off; delete it");
        DataDirectory.create(unfinished);
        return new SalvageDirectory(target, unfinished);
    }

    private static void requireEmpty(Path directory, String wayOut) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        boolean isEmpty = Files.isDirectory(directory);
        if (isEmpty) {
            try (Stream<Path> entries = Files.list(directory)) {
                isEmpty = entries.findAny().isEmpty();
            }
        }
        if (!isEmpty) {
            throw new JournalException("TQ-2040 " + directory + " is not empty: " + wayOut);
        }
    }

    Path unfinished() {
        return unfinished;
    }

    /** Gives it its name, for good. */
    void finish() throws IOException {
        Files.deleteIfExists(unfinished.resolve("lock"));
        Files.deleteIfExists(unfinished.resolve("zeroed"));
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DurableFile.forceNames(target, DurableFile::force);
    }

    /** An unfinished directory stays, so that its failure can be looked into; the next try names it. */
    @Override
    public void close() throws IOException {
        if (Files.isDirectory(unfinished)) {
            try (Stream<Path> entries = Files.list(unfinished)) {
                if (entries.findAny().isEmpty()) {
                    Files.delete(unfinished);
                }
            }
        }
    }
}
