package io.telpher.testing.faults;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Rebuilds, from what the disk had when the file system was mounted and the log since then, what a power cut may have left. */
final class CrashImage {
    /**
     * @param records in the log
     * @param unsynced changes of content that were at stake
     */
    record Made(long records, int unsynced) {}

    private final FileChannel log;
    private final Path before;
    private final Path contents;
    private final Random random;
    private final CrashNames names = new CrashNames();
    private final Map<Long, CrashFile> files = new HashMap<>();
    private final List<CrashFile> unlinked = new ArrayList<>();
    private long records;

    private CrashImage(FileChannel log, Path before, Path contents, Random random) {
        this.log = log;
        this.before = before;
        this.contents = contents;
        this.random = random;
    }

    /**
     * @param before the tree at the time of mounting; its files are moved away from there
     * @param image where the tree is made; it must not exist
     * @param lastRecord the power is cut behind it; {@link Long#MAX_VALUE}: at the end of the log
     * @param shape of the tearing of every file, or null: any, for each file its own
     */
    static Made make(Path log, Path before, Path image, Random random, long lastRecord, Tearing.@Nullable Shape shape)
            throws IOException {
        Path contents = Files.createDirectory(image.resolveSibling(image.getFileName() + ".contents"));
        try (FileChannel bytes = FileChannel.open(log, StandardOpenOption.READ);
                OperationLog operations = new OperationLog(log)) {
            CrashImage crash = new CrashImage(bytes, before, contents, random);
            for (Operation next = operations.next();
                    next != null && next.number() <= lastRecord;
                    next = operations.next()) {
                crash.replay(next);
            }
            int unsynced = crash.cut(shape);
            crash.layOut(image, crash.names.root());
            return new Made(crash.records, unsynced);
        } finally {
            deleteTree(contents);
        }
    }

    private void replay(Operation operation) throws IOException {
        records = operation.number();
        switch (operation.kind()) {
            case EXISTING_FILE -> {
                CrashFile file = newFile(operation);
                Files.move(before.resolve(operation.path().substring(1)), file.content());
                names.existing(operation.path(), file);
            }
            case EXISTING_DIRECTORY -> names.existing(operation.path(), new CrashNames.Folder());
            case CREATE -> names.made(operation.number(), operation.path(), newFile(operation));
            case MKDIR -> names.made(operation.number(), operation.path(), new CrashNames.Folder());
            case UNLINK, RMDIR -> names.removed(operation.number(), operation.path());
            case RENAME -> names.renamed(operation.number(), operation.path(), operation.second());
            case WRITE, ZEROS, TRUNCATE, GROW -> file(operation).change(operation);
            case SYNC_BEGINS -> {}
            case SYNCED -> file(operation).synced(operation.offset());
            case SYNC_FAILED -> file(operation).syncFailed(operation.offset(), random);
            case DIRECTORY_SYNCED -> names.synced(operation.path(), operation.offset());
        }
    }

    /** The identity may have been another file's, which was deleted. */
    private CrashFile newFile(Operation operation) {
        CrashFile file = new CrashFile(contents.resolve(String.valueOf(operation.number())), log);
        CrashFile deleted = files.put(operation.file(), file);
        if (deleted != null) {
            unlinked.add(deleted); // its name may still be on the disk
        }
        return file;
    }

    private CrashFile file(Operation operation) {
        CrashFile file = files.get(operation.file());
        if (file == null) {
            throw new IllegalStateException("record " + operation.number() + " is about a file that was never made");
        }
        return file;
    }

    private int cut(Tearing.@Nullable Shape shape) throws IOException {
        names.cut(random, shape == null ? Tearing.anyShape(random) : shape);
        List<CrashFile> all = new ArrayList<>(unlinked);
        files.keySet().stream().sorted().map(files::get).forEach(all::add);
        int unsynced = 0;
        for (CrashFile file : all) {
            unsynced += file.cut(random, shape == null ? Tearing.anyShape(random) : shape);
        }
        return unsynced;
    }

    private void layOut(Path path, CrashNames.Folder folder) throws IOException {
        Files.createDirectory(path);
        for (Map.Entry<String, CrashNames.Node> entry : folder.onDisk().entrySet()) {
            Path at = path.resolve(entry.getKey());
            if (entry.getValue() instanceof CrashNames.Folder inner) {
                layOut(at, inner);
            } else if (entry.getValue() instanceof CrashFile file) {
                Files.move(file.content(), at);
            }
        }
    }

    static void deleteTree(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (var paths = Files.walk(tree)) {
                for (Path path :
                        paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
