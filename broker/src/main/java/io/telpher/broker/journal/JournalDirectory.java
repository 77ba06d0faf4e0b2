package io.telpher.broker.journal;

import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files under {@code <data directory>/journal}: a folder per run, in it its Chronicle files. A new run never opens an
 * older one's files for appending, so a torn tail, a lock left behind or a damaged index of Chronicle's can't reach it.
 */
final class JournalDirectory {
    /** Chronicle names files by the minute they stand for; file number n stands for minute n after 1970. */
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyyMMdd-HHmm");

    private static final String SUFFIX = ".cq4";
    private static final int RUN_RADIX = 16;

    private final Path root;
    private final ChannelOpener opener;

    JournalDirectory(Path dataDirectory, ChannelOpener opener) {
        this.root = dataDirectory.resolve("journal");
        this.opener = opener;
    }

    Path root() {
        return root;
    }

    Path runFolder(long run) {
        return root.resolve(String.format("%08x", run));
    }

    Path file(long run, int number) {
        LocalDateTime minute = LocalDateTime.ofEpochSecond(number * 60L, 0, ZoneOffset.UTC);
        return runFolder(run).resolve(MINUTE.format(minute) + SUFFIX);
    }

    static int fileNumber(Path file) {
        String name = file.getFileName().toString();
        LocalDateTime minute = LocalDateTime.parse(name.substring(0, name.length() - SUFFIX.length()), MINUTE);
        return Math.toIntExact(minute.toEpochSecond(ZoneOffset.UTC) / 60);
    }

    List<Long> runs() throws IOException {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(root)) {
            return folders.filter(Files::isDirectory)
                    .map(folder -> Long.parseLong(folder.getFileName().toString(), RUN_RADIX))
                    .sorted()
                    .toList();
        }
    }

    /** Every file there is, in the order written. */
    List<JournalFile> open() throws IOException {
        List<JournalFile> files = new ArrayList<>();
        for (long run : runs()) {
            for (Path path : filesOf(run)) {
                files.add(open(fileNumber(path), run, path));
            }
        }
        return files;
    }

    JournalFile open(int number, long run, Path path) throws IOException {
        return JournalFile.open(number, run, path, opener);
    }

    /** In the order written. */
    List<Path> filesOf(long run) throws IOException {
        try (Stream<Path> files = Files.list(runFolder(run))) {
            return files.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    /** Makes the names of the runs' folders durable, and those of all folders above: the journal may be new, or a copy, or have been renamed a moment ago. */
    void forceNames() throws IOException {
        DurableFile.forceNames(root, DurableFile::force);
    }

    /** Of a run's folder, when its last file is gone. */
    static void deleteIfEmpty(Path folder) throws IOException {
        boolean hasFiles;
        try (Stream<Path> files = Files.list(folder)) {
            hasFiles = files.anyMatch(file -> file.toString().endsWith(SUFFIX));
        }
        if (!hasFiles) {
            delete(folder);
        }
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
