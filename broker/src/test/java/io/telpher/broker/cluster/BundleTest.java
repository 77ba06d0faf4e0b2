package io.telpher.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.telpher.broker.journal.AgreedLog.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node gives of its directory, and what not. */
class BundleTest {
    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void fill() throws IOException {
        file = Files.createDirectories(directory.resolve("journal/1")).resolve("a.cq4");
        byte[] bytes = new byte[Bundle.PIECE_BYTES + 100];
        Arrays.fill(bytes, 0, 10, (byte) 7);
        bytes[Bundle.PIECE_BYTES + 5] = 9;
        Files.write(file, bytes);
        Files.createDirectory(directory.resolve("snapshots"));
        Files.writeString(directory.resolve("snapshots/1.snapshot"), "state");
        Files.writeString(directory.resolve("snapshots/2.unfinished"), "st");
        Files.writeString(directory.resolve("node.json"), "{}");
    }

    private byte[] piece(String path, long offset) throws Exception {
        return Bundle.piece(directory, path, offset);
    }

    @Test
    @DisplayName("snapshots, then the journal, and nothing else")
    void lists() throws Exception {
        List<Bundle.Entry> files = Bundle.list(directory);
        assertEquals(
                List.of("snapshots/1.snapshot", "journal/1/a.cq4"),
                files.stream().map(Bundle.Entry::path).toList());
        assertEquals(Bundle.PIECE_BYTES + 100, files.get(1).bytes());
        Bundle bundle = new Bundle(new Place(3, 77), 55, files);
        assertEquals(bundle, Bundle.parse(bundle.toJson()));
    }

    @Test
    @DisplayName("a piece is without the zeros at its end, and one that is not there is empty")
    void gives() throws Exception {
        byte[] first = piece("journal/1/a.cq4", 0);
        assertEquals(1 + 10, first.length);
        assertEquals(7, first[10]);
        assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 0, 9}, piece("journal/1/a.cq4", Bundle.PIECE_BYTES));
        assertEquals(1, piece("journal/1/a.cq4", Bundle.PIECE_BYTES + 50).length, "zeros");
        assertEquals(0, piece("journal/1/a.cq4", Bundle.PIECE_BYTES + 100).length, "behind the end");
        Files.delete(file);
        assertEquals(0, piece("journal/1/a.cq4", 0).length, "deleted");
    }

    @Test
    @DisplayName("nothing outside of journal and snapshots is given")
    void refuses() {
        for (String path : List.of("node.json", "journal/../node.json", "../x", "/etc/hostname", "journal-2/a")) {
            assertThrows(RefusedException.class, () -> piece(path, 0), path);
        }
        assertThrows(RefusedException.class, () -> piece("journal/1/a.cq4", -1));
    }
}
