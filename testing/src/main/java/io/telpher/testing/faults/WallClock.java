package io.telpher.testing.faults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sets the wall clock of other processes. The library libfaketime does more, and makes a Java process start ten times slower: it keeps a lock
 * around each look at any clock. Thread-safe.
 */
public final class WallClock {
    private final Path library;
    private final Path offset;

    private WallClock(Path library, Path offset) {
        this.library = library;
        this.offset = offset;
    }

    /** What keeps this machine from having one, in words; null when nothing does. */
    public static @Nullable String missing() {
        return Native.missing(List.of(List.of("gcc", "--version")));
    }

    /** @param work an existing directory */
    public static WallClock in(Path work) throws IOException {
        Path library = Native.compile("wallclock.c", work.resolve("wallclock.so"), List.of("-shared", "-fPIC", "-ldl"));
        WallClock clock = new WallClock(library, work.resolve("wallclock.offset"));
        clock.set(0);
        return clock;
    }

    /** The environment that a process has to be started with. */
    public Map<String, String> environment() {
        return Map.of("LD_PRELOAD", library.toString(), "WALL_CLOCK_OFFSET", offset.toString());
    }

    /** From now on, also for those that run. In place, since they have the file mapped. */
    public void set(long offsetSeconds) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(0, offsetSeconds);
        Files.write(offset, bytes.array(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
}
