package io.telpher.testing.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.testing.faults.Tearing.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program sees of it, and what is left after a cut. */
class PowerLossFileSystemTest {
    @TempDir
    Path work;

    private PowerLossFileSystem disk;
    private Path root;

    @BeforeEach
    void mount() throws IOException {
        String missing = PowerLossFileSystem.missing();
        if (missing != null) {
            System.out.println("SKIPPED: no power cuts, " + missing);
        }
        Assumptions.assumeTrue(missing == null, () -> "SKIPPED: no power cuts, " + missing);
        disk = PowerLossFileSystem.mount(work);
        root = disk.directory();
    }

    @AfterEach
    void unmount() throws IOException {
        if (disk != null) {
            disk.close();
        }
    }

    private void cut(Shape shape) throws IOException {
        disk.cut(new Random(1), shape);
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void shouldKeepWhatWasSyncedWithItsName() throws IOException {
        Path file = root.resolve("a");
        Files.write(file, bytes(10_000, 1));
        force(file);
        force(root);
        Files.write(file, bytes(5_000, 2), StandardOpenOption.APPEND);
        assertEquals(15_000, Files.size(file));
        cut(Shape.NOTHING);
        assertArrayEquals(bytes(10_000, 1), Files.readAllBytes(file));
    }

    @Test
    void shouldLoseANameWhoseFolderWasNotSynced() throws IOException {
        Files.createDirectory(root.resolve("d"));
        Path file = Files.write(root.resolve("d/a"), bytes(10, 1));
        force(file);
        force(root);
        cut(Shape.NOTHING);
        assertTrue(Files.isDirectory(root.resolve("d")));
        assertFalse(Files.exists(file));
    }

    @Test
    void shouldLoseAFolderThatItsParentWasNotSyncedFor() throws IOException {
        Files.createDirectory(root.resolve("d"));
        force(Files.write(root.resolve("d/a"), bytes(10, 1)));
        force(root.resolve("d"));
        cut(Shape.NOTHING);
        assertFalse(Files.exists(root.resolve("d")));
    }

    @Test
    void shouldBringBackWhatWasDeletedOrRenamedUntilItsFolderIsSynced() throws IOException {
        for (String name : new String[] {"a", "b"}) {
            force(Files.write(root.resolve(name), bytes(10, name.charAt(0))));
        }
        Files.createDirectory(root.resolve("d"));
        force(root);
        Files.delete(root.resolve("a"));
        Files.move(root.resolve("b"), root.resolve("d/b"));
        cut(Shape.NOTHING);
        assertArrayEquals(bytes(10, 'a'), Files.readAllBytes(root.resolve("a")));
        assertArrayEquals(bytes(10, 'b'), Files.readAllBytes(root.resolve("b")));

        Files.delete(root.resolve("a"));
        Files.move(root.resolve("b"), root.resolve("d/b"));
        force(root.resolve("d"));
        cut(Shape.NOTHING);
        assertFalse(Files.exists(root.resolve("a")), "the rename took along what came before it in its folder");
        assertFalse(Files.exists(root.resolve("b")));
        assertArrayEquals(bytes(10, 'b'), Files.readAllBytes(root.resolve("d/b")));
    }

    @Test
    void shouldReplaceAFileByRenameWhollyOrNotAtAll() throws IOException {
        force(Files.write(root.resolve("a"), bytes(10, 1)));
        force(root);
        Set<Integer> seen = new HashSet<>();
        Random random = new Random(3);
        for (int i = 0; i < 20; i++) {
            int before = Files.readAllBytes(root.resolve("a"))[0];
            force(Files.write(root.resolve("fresh"), bytes(10, before + 1)));
            Files.move(root.resolve("fresh"), root.resolve("a"), StandardCopyOption.ATOMIC_MOVE);
            disk.cut(random);
            int after = Files.readAllBytes(root.resolve("a"))[0];
            assertTrue(after == before || after == before + 1);
            seen.add(after - before);
            Files.deleteIfExists(root.resolve("fresh"));
        }
        assertEquals(Set.of(0, 1), seen);
    }

    @Test
    void shouldSeeMappedMemoryAndItsSyncs() throws IOException {
        Path file = root.resolve("a");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192);
            map.put(0, bytes(100, 1));
            map.force();
            force(root);
            map.put(4096, bytes(100, 2));
            map.put(200, bytes(100, 3));
            assertEquals(3, Files.readAllBytes(file)[200]);
        }
        cut(Shape.NOTHING);
        byte[] left = Files.readAllBytes(file);
        assertEquals(8192, left.length);
        assertEquals(1, left[99]);
        assertEquals(0, left[200]);
        assertEquals(0, left[4096]);
    }

    @Test
    void shouldKeepEverythingWhenOnlyTheProcessDies() throws IOException {
        Files.createDirectory(root.resolve("d"));
        Files.write(root.resolve("d/a"), bytes(3000, 1));
        Files.writeString(root.resolve("d/a"), "short", StandardOpenOption.TRUNCATE_EXISTING);
        cut(Shape.EVERYTHING);
        assertEquals("short", Files.readString(root.resolve("d/a")));
    }

    @Test
    void shouldTearWhatWasNotSyncedByWholeSectors() throws IOException {
        Path file = Files.write(root.resolve("a"), bytes(512 * 200, 1));
        force(file);
        force(root);
        Files.write(file, bytes(512 * 200, 2), StandardOpenOption.WRITE);
        cut(Shape.SECTORS);
        byte[] left = Files.readAllBytes(file);
        int changed = 0;
        for (int i = 0; i < left.length; i += 512) {
            assertArrayEquals(bytes(512, left[i]), Arrays.copyOfRange(left, i, i + 512));
            changed += left[i] - 1;
        }
        assertTrue(changed > 0 && changed < 200, changed + " of 200 sectors");
    }

    @Test
    void shouldNotBringWritesOfAFailedSyncBackWithTheNext() throws IOException {
        Path file = Files.write(root.resolve("a"), bytes(512 * 200, 1));
        force(file);
        force(root);
        int lost = 0;
        for (int round = 2; round < 12; round++) {
            Files.write(file, bytes(512 * 200, round), StandardOpenOption.WRITE);
            disk.failSyncs(1);
            assertThrows(IOException.class, () -> force(file));
            force(file);
            disk.cut(new Random(round));
            for (byte value : Files.readAllBytes(file)) {
                lost += value == round ? 0 : 1;
            }
        }
        assertTrue(lost > 0);
    }

    @Test
    void shouldBeFullAndHaveRoomAgain() throws IOException {
        Path file = Files.write(root.resolve("a"), bytes(64 << 10, 1));
        disk.space(16 << 10);
        assertEquals(16 << 10, Files.getFileStore(root).getUsableSpace());
        assertThrows(IOException.class, () -> Files.write(root.resolve("b"), bytes(64 << 10, 1)));
        Files.write(file, bytes(64 << 10, 2), StandardOpenOption.WRITE); // its blocks are there
        Files.delete(file);
        Files.write(root.resolve("c"), bytes(40 << 10, 1));
        disk.space(-1);
        Files.write(root.resolve("b"), bytes(64 << 10, 1));
        assertEquals(64 << 10, Files.size(root.resolve("b")));
    }

    @Test
    void shouldBeSlowToSync() throws IOException {
        Path file = Files.write(root.resolve("a"), bytes(10, 1));
        disk.delaySyncs(300);
        long start = System.nanoTime();
        force(file);
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(300));
    }

    /** A file that is written while its name is gone, and another that comes to lie where it was. */
    @Test
    void shouldTellFilesApartByIdentity() throws IOException {
        Path file = root.resolve("a");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            Files.delete(file);
            Files.write(file, bytes(10, 2));
            channel.write(ByteBuffer.wrap(bytes(10, 1)), 0);
            channel.force(true);
        }
        force(file);
        force(root);
        cut(Shape.NOTHING);
        assertArrayEquals(bytes(10, 2), Files.readAllBytes(file));
    }

    @Test
    void shouldGoOnFromEachCutToTheNext() throws IOException {
        byte[] expected = new byte[0];
        Random random = new Random(7);
        force(Files.createFile(root.resolve("a")));
        force(root);
        for (int i = 1; i < 20; i++) {
            Path file = root.resolve("a");
            Files.write(file, bytes(1000, i), StandardOpenOption.APPEND);
            force(file);
            expected = Arrays.copyOf(expected, expected.length + 1000);
            Arrays.fill(expected, expected.length - 1000, expected.length, (byte) i);
            Files.write(file, bytes(3000, 99), StandardOpenOption.APPEND);
            disk.cut(random);
            byte[] left = Files.readAllBytes(file);
            assertArrayEquals(expected, Arrays.copyOf(left, expected.length));
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(expected.length);
                channel.force(true);
            }
        }
    }
}
