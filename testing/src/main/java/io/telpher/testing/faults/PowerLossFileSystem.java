package io.telpher.testing.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A mounted file system whose power can be cut, and that can be slow, full or broken. Any number of them may be mounted. Needs {@code /dev/fuse} and
 * FUSE 3's headers, compiler and mount helper; where these are missing, {@link #missing} says which. Not thread-safe, but for the orders.
 */
public final class PowerLossFileSystem implements AutoCloseable {
    private static final int SECONDS_MAX = 60;

    private final Path program;
    private final Path backing;
    private final Path image;
    private final Path log;
    private final Path mount;
    private @Nullable Process process;

    private PowerLossFileSystem(Path program, Path work) {
        this.program = program;
        this.backing = work.resolve("backing");
        this.image = work.resolve("image");
        this.log = work.resolve("log");
        this.mount = work.resolve("mount");
    }

    /** What keeps this machine from mounting one, in words; null when nothing does. */
    public static @Nullable String missing() {
        if (!Files.isWritable(Path.of("/dev/fuse"))) {
            return "/dev/fuse is missing or not permitted";
        }
        String missing = Native.missing(List.of(
                List.of("gcc", "--version"), List.of("pkg-config", "--exists", "fuse3"), List.of("fusermount3", "-V")));
        return missing == null ? null : "it takes gcc, pkg-config, fuse3 and libfuse3-dev: " + missing;
    }

    /** @param work an empty directory, where everything lies */
    public static PowerLossFileSystem mount(Path work) throws IOException {
        PowerLossFileSystem fileSystem = new PowerLossFileSystem(compile(work), work);
        Files.createDirectory(fileSystem.image);
        Files.createDirectory(fileSystem.backing);
        Files.createDirectory(fileSystem.mount);
        fileSystem.start();
        return fileSystem;
    }

    private static Path compile(Path work) throws IOException {
        String fuse = Native.run(List.of("pkg-config", "fuse3", "--cflags", "--libs"));
        List<String> options = new ArrayList<>(List.of(fuse.strip().split("\\s+")));
        options.add("-pthread");
        return Native.compile("powerloss.c", work.resolve("powerloss"), options);
    }

    /** The root of the mounted tree. */
    public Path directory() {
        return mount;
    }

    private void start() throws IOException {
        Process started = new ProcessBuilder(program.toString(), backing.toString(), log.toString(), mount.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(log.resolveSibling("powerloss.err").toFile())
                .start();
        process = started;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        while (!Files.exists(control())) {
            if (!started.isAlive() || System.nanoTime() > deadline) {
                close();
                throw new IOException(
                        "can't mount " + mount + ": " + Files.readString(log.resolveSibling("powerloss.err")));
            }
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private Path control() {
        return mount.resolve(".control");
    }

    /** So many of the next syncs fail with EIO, whatever was written before them. */
    public void failSyncs(int count) throws IOException {
        order("fail_syncs " + count);
    }

    /** Each sync takes so much longer from now on. */
    public void delaySyncs(long ms) throws IOException {
        order("sync_delay_us " + TimeUnit.MILLISECONDS.toMicros(ms));
    }

    /** So much can still be allocated; -1: as much as the disk below has. */
    public void space(long bytes) throws IOException {
        order("space " + bytes);
    }

    /** These 4 KiB of a file can't be read any more (EIO), once the kernel has forgotten them: after {@link #cut}, so before anybody reads them. */
    public void failReads(Path file, long offset) throws IOException {
        order("bad_page " + Files.getAttribute(file, "unix:ino") + " " + offset / 4096 * 4096);
    }

    private void order(String order) throws IOException {
        Files.write(control(), (order + "\n").getBytes(StandardCharsets.UTF_8), java.nio.file.StandardOpenOption.WRITE);
    }

    /** Of what was written since the last cut. */
    public long logBytes() throws IOException {
        return Long.parseLong(Files.readString(control()).split(" ")[0]);
    }

    /**
     * Cuts the power, and switches it on again: what was synced is there, and of the rest a part that is chosen. No program may use the file system.
     * Orders are forgotten.
     *
     * @return how many changes of files had not been synced
     */
    public int cut(Random random) throws IOException {
        return cut(random, null);
    }

    int cut(Random random, Tearing.@Nullable Shape shape) throws IOException {
        close();
        Path next = image.resolveSibling("image.next");
        CrashImage.Made made = CrashImage.make(log, image, next, random, Long.MAX_VALUE, shape);
        CrashImage.deleteTree(image);
        Files.move(next, image);
        CrashImage.deleteTree(backing);
        Native.run(List.of("cp", "-a", "--sparse=always", image.toString(), backing.toString()));
        start();
        return made.unsynced();
    }

    /** Unmounts. The files stay. */
    @Override
    public void close() throws IOException {
        Process running = process;
        if (running == null) {
            return;
        }
        process = null;
        running.getOutputStream().close();
        try {
            if (!running.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                running.destroyForcibly();
                throw new IOException(mount + " was not unmounted within " + SECONDS_MAX + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unmounting " + mount, e);
        }
        if (running.exitValue() != 0) {
            throw new IOException("the file system at " + mount + " ended with " + running.exitValue() + ": "
                    + Files.readString(log.resolveSibling("powerloss.err")));
        }
    }
}
