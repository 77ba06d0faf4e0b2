package io.telpher.broker.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Small files that are there after a power cut as they were before, or as they were to become, and nothing between. */
public final class DurableFile {
    private DurableFile() {}

    /** Its whole content is this text from here on, on the disk, too. */
    public static void replace(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(file.resolveSibling("."));
    }

    /** Names in this folder that were made, changed or deleted are so for good. */
    public static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * The same for it and all folders above, which may have been made a moment ago: what lies in a folder that has no name is lost. One that may not be read was there
     * before.
     *
     * @param force {@link #force}, but in tests
     */
    public static void forceNames(Path folder, FolderForce force) throws IOException {
        Path each = folder.toAbsolutePath();
        while (each != null && Files.isReadable(each)) {
            force.apply(each);
            each = each.getParent();
        }
    }

    /** Brings the names in a folder to the disk. */
    @FunctionalInterface
    public interface FolderForce {
        void apply(Path folder) throws IOException;
    }
}
