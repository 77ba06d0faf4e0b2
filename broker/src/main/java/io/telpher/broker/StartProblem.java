package io.telpher.broker;

import io.telpher.broker.net.StartException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;

/** Puts into words what the file system refused while a broker was starting. */
final class StartProblem {
    private final Path directory;

    /** @param directory of the data */
    StartProblem(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
    }

    /** Before anything is written there. */
    void requirePlace() {
        Path parent = directory.getParent();
        if (parent != null && !Files.exists(parent)) {
            throw new StartException("TQ-1013 there is no data directory " + directory + ", nor the directory " + parent
                    + " that it would be made in; is its disk mounted? A broker that starts beside its data starts empty."
                    + " Mount the disk, or correct journal.dir; if this is a new place, start once with --create");
        }
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw new StartException("TQ-1014 journal.dir is " + directory
                    + ", which is a file; name a directory, or move that file away");
        }
        if (parent != null && Files.exists(parent) && !Files.isDirectory(parent)) {
            throw new StartException("TQ-1014 " + parent + " is a file, so journal.dir can't be " + directory
                    + "; name another directory, or move that file away");
        }
    }

    StartException of(IOException failure) {
        String text = words(failure);
        return new StartException(StartException.Cure.BY_HAND, text, failure);
    }

    private String words(IOException failure) {
        String file =
                failure instanceof FileSystemException at && at.getFile() != null ? at.getFile() : directory.toString();
        String why = String.valueOf(failure.getMessage());
        if (why.toLowerCase(Locale.ROOT).contains("read-only file system")) {
            return "TQ-1018 the disk of " + file + " can be read only" + store(file)
                    + ". Mount it for writing and look at the kernel's log: a disk with errors is often mounted so. A service of systemd may write to its StateDirectory and"
                    + " to ReadWritePaths= only";
        }
        if (failure instanceof AccessDeniedException || why.contains("Permission denied")) {
            return "TQ-1015 " + file + owner(file) + " can't be opened by this process, which runs as "
                    + System.getProperty("user.name")
                    + ". Start it as the owner, or give that user all of the data: chown -R "
                    + System.getProperty("user.name") + ": " + directory;
        }
        if (failure instanceof NotDirectoryException
                || failure instanceof FileAlreadyExistsException
                || why.contains("Not a directory")
                || why.contains("Is a directory")) {
            return "TQ-1014 " + file + " is a file where a directory should be, or the other way round (" + why
                    + "); move it away";
        }
        return "TQ-1019 the disk refused " + file + " while the broker was starting (" + failure
                + "). Look at free space (df -h, df -i) and at the kernel's log";
    }

    private static String owner(String file) {
        try {
            Path there = nearest(file);
            String where = there.toString().equals(file) ? "which" : "in " + there + " which";
            return ", " + where + " belongs to " + Files.getOwner(there) + ",";
        } catch (IOException e) {
            return ""; // not even that can be seen
        }
    }

    private static String store(String file) {
        try {
            return " (" + Files.getFileStore(nearest(file)) + ")";
        } catch (IOException e) {
            return "";
        }
    }

    /** It, or the directory closest to where it would be. */
    private static Path nearest(String file) {
        Path there = Path.of(file).toAbsolutePath();
        Path parent = there.getParent();
        while (!Files.exists(there) && parent != null) {
            there = parent;
            parent = there.getParent();
        }
        return there;
    }
}
