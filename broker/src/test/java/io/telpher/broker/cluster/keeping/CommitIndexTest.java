package io.telpher.broker.cluster.keeping;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitIndexTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("commit-index");
    }

    private long read() throws IOException {
        return new CommitIndex(folder).last();
    }

    @Test
    void shouldBeThereAsSoonAsItIsWritten() throws IOException {
        assertEquals(CommitIndex.NONE, read());
        CommitIndex index = new CommitIndex(folder);
        for (long next : new long[] {0, 1, 255, 1L << 32, (1L << 47) - 1}) {
            index.advance(next);
            assertEquals(next, index.last());
            assertEquals(next, read(), "what a kill leaves");
            index.force();
            assertEquals(next, read());
        }
    }

    /** A start reads entries again that no snapshot covers. */
    @Test
    void shouldOnlyGrow() throws IOException {
        new CommitIndex(folder).advance(9);
        CommitIndex again = new CommitIndex(folder);
        again.advance(3);
        assertEquals(9, again.last());
        assertEquals(9, read());
        again.advance(10);
        assertEquals(10, read());
    }

    @Test
    void shouldSeeABadByte() throws IOException {
        new CommitIndex(folder).advance(123_456_789);
        byte[] whole = Files.readAllBytes(file());
        for (int bit = 0; bit < whole.length * Byte.SIZE; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            Files.write(file(), damaged);
            assertEquals(CommitIndex.UNREADABLE, read(), "bit " + bit);
        }
        Files.write(file(), new byte[Long.BYTES]);
        assertEquals(0, read(), "zeros are the word of 0: less than is known, never more");
        Files.write(file(), new byte[1]);
        assertEquals(CommitIndex.UNREADABLE, read());
        Files.write(file(), new byte[0]);
        assertEquals(CommitIndex.NONE, read(), "a kill when it was made");
    }

    @Test
    void shouldBeRightAgainAfterABadByte() throws IOException {
        Files.write(file(), "8 bytes.".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        CommitIndex index = new CommitIndex(folder);
        assertEquals(CommitIndex.UNREADABLE, index.last());
        index.advance(5);
        assertEquals(5, read());
        assertEquals(5, index.last());
    }
}
