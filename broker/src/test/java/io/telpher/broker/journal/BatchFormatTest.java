package io.telpher.broker.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.record.Relocate;
import io.telpher.protocol.record.Tick;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * A batch has the bytes that it had when version 2 of the journal's format was released. When it fails, and what changed was meant to change: raise
 * {@link Framing#VERSION}, keep reading this one, and add a file for the new one.
 */
class BatchFormatTest {
    private static final Path KNOWN = Path.of("src/test/journal/batch-2.hex");
    private static final long STAMP_MS = 1_790_000_000_123L;
    private static final int LINE = 64;

    private static String hex(ByteBuffer sealed) {
        byte[] bytes = new byte[sealed.remaining()];
        sealed.get(bytes);
        return HexFormat.of()
                        .formatHex(bytes)
                        .replaceAll("(.{" + LINE + "})", "$1\n")
                        .strip() + "\n\n";
    }

    @Test
    void shouldWriteBatchesByteByByteAsEver() throws Exception {
        Batch batch = new Batch();
        TaskSpec task = TaskSpec.type("mail").queue("mail").payload(new byte[] {1, 2, 3});
        batch.add(STAMP_MS, 77, Submit.write(new FrameWriter(), 5, task).written(), true);
        batch.add(STAMP_MS + 1, 0, Tick.write(new FrameWriter(), 0, 10_000, 1).written(), false);
        String said = hex(batch.seal(3, 1_000, 2, 998));
        Batch empty = new Batch();
        said += hex(empty.seal(3, 1_002, 2, 1_001));
        Batch local = new Batch().local();
        ByteBuffer copied = Submit.write(new FrameWriter(), 5, task).written();
        FrameWriter relocate = Relocate.write(new FrameWriter(), 0, 9, 64, Relocate.Part.SUBMIT, 0, copied);
        local.add(STAMP_MS, 0, relocate.written(), true);
        said += hex(local.seal(4, 1_002, 2, 1_001));
        Path now = Files.writeString(Path.of("target/batch-" + Framing.VERSION + ".hex"), said);
        assertEquals(Files.readString(KNOWN), said, () -> "what is written now is in " + now.toAbsolutePath());
        assertEquals(2, Framing.VERSION, "add a file of the new version, and keep reading this one");
    }
}
