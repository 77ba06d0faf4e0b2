package io.telpher.broker.cluster.keeping;

import io.telpher.broker.files.DurableFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes the names of Raft's files durable. Its library forces what it writes into them, and not the folders that say they are there: after a power cut a new file of the log
 * could be gone with all that was confirmed since it was begun, and a vote that was given, which comes by a rename, could be given again to another. So the folders are forced
 * before anything is promised that lies in them. Any thread.
 */
public final class RaftFolders {
    /** It is replaced by each vote and each new term. */
    private static final String VOTE = "raft-meta";

    private final Path group;
    private final Path current;
    /** From the data directory down to what holds the files. */
    private final List<Path> all;

    private String forced = "";

    /**
     * @param storage in the data directory, of all groups
     * @param name of this node's group
     */
    public RaftFolders(Path storage, String name) {
        this.group = storage.resolve(name);
        this.current = group.resolve("current");
        this.all = List.of(storage.toAbsolutePath().getParent(), storage, group, current);
    }

    /** All that is of the group. */
    public Path group() {
        return group;
    }

    /** Where the log's files are, and the vote. */
    public Path current() {
        return current;
    }

    /** A vote is given only when it is there for good. */
    public synchronized void force() throws IOException {
        String covered = names(); // what is made meanwhile may be or not
        for (Path folder : forced.isEmpty() ? all : List.of(current)) {
            DurableFile.force(folder);
        }
        forced = covered;
    }

    /** What was written to the log counts only when its file is there for good. Mostly nothing was made or renamed. */
    public synchronized void forceChanges() throws IOException {
        if (!names().equals(forced)) {
            force();
        }
    }

    /** As long as this is the same nothing was made, renamed or replaced. */
    private String names() throws IOException {
        try (Stream<Path> files = Files.list(current)) {
            return files.sorted()
                    .map(file -> file.getFileName().toString())
                    .collect(Collectors.joining("/", "", "//" + vote()));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private String vote() throws IOException {
        try {
            BasicFileAttributes vote = Files.readAttributes(current.resolve(VOTE), BasicFileAttributes.class);
            return vote.fileKey() + " " + vote.lastModifiedTime();
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
