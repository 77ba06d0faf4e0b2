package io.telpher.broker.files;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a copy of a data directory has to have, in the order in which it is to be copied, also while a broker writes to it: for backups, and for the new
 * disk of a node.
 *
 * <p>Journals come last. A journal that is read after a snapshot was holds all records that the snapshot knows of; one that is read before may lack some.
 * Files that go meanwhile are not needed by what is there when one looks again.
 *
 * @param folders all of them, outer ones first
 */
public record DirectoryImage(List<Path> folders, List<Entry> files) {
    /** Of the process that runs, or made anew by each. */
    private static final Set<String> NOT_COPIED =
            Set.of("lock", "ports.json", "ports.json.new", "config.json", "config.json.new", "native", "zeroed");

    private static final String UNFINISHED = ".unfinished";
    private static final String JOURNAL = "journal";
    private static final String JOURNAL_FILE = ".cq4";

    /**
     * One file.
     *
     * @param isWrittenTo the journal's last file: what is stored through a mapping shows late in a file's time, so it may have changed in any case
     */
    public record Entry(Path path, long bytes, FileTime modified, boolean isWrittenTo) {}

    public DirectoryImage {
        folders = List.copyOf(folders);
        files = List.copyOf(files);
    }

    /** As it is now. What goes while it is looked at is left out. */
    public static DirectoryImage of(Path root) throws IOException {
        TreeSet<Path> folders = new TreeSet<>();
        List<Entry> found = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                if (!folder.equals(root) && isLeftOut(folder)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                folders.add(folder);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && !isLeftOut(file)) {
                    found.add(new Entry(file, attributes.size(), attributes.lastModifiedTime(), false));
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
        found.sort(Comparator.comparing((Entry file) -> isOfJournal(root, file.path()))
                .thenComparing(Entry::path));
        List<Entry> files = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            Entry file = found.get(i);
            boolean isLast = isJournalFile(file.path()) && !isFollowed(found, i);
            files.add(new Entry(file.path(), file.bytes(), file.modified(), isLast));
        }
        return new DirectoryImage(new ArrayList<>(folders), files);
    }

    private static boolean isLeftOut(Path path) {
        String name = path.getFileName().toString();
        return NOT_COPIED.contains(name) || name.endsWith(UNFINISHED);
    }

    private static boolean isOfJournal(Path root, Path file) {
        for (Path folder : root.relativize(file)) {
            if (folder.toString().equals(JOURNAL)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isFollowed(List<Entry> files, int at) {
        return at + 1 < files.size()
                && isJournalFile(files.get(at + 1).path())
                && Objects.equals(
                        files.get(at).path().getParent(),
                        files.get(at + 1).path().getParent());
    }

    private static boolean isJournalFile(Path file) {
        return file.toString().endsWith(JOURNAL_FILE);
    }
}
