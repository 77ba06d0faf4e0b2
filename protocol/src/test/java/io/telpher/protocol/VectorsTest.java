package io.telpher.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.MessageReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The committed conformance vectors against this implementation, and against one in another language. */
class VectorsTest {
    private static final int OFFSET = 5;

    static List<Vector> vectors() throws IOException {
        List<Vector> vectors = new ArrayList<>();
        for (String file : WriteVectors.files().keySet()) {
            vectors.addAll(Vector.parse(committed(file).lines().toList()));
        }
        return vectors;
    }

    private static String committed(String file) throws IOException {
        try (InputStream in = VectorsTest.class.getResourceAsStream("/vectors/" + file)) {
            return new String(Objects.requireNonNull(in, file).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void shouldJudgeAndReadEachVector(Vector vector) throws ReflectiveOperationException {
        // Not at the buffer's start, and with bytes behind: a reader that looks beyond its frame is found out.
        ByteBuffer buffer =
                ByteBuffer.allocate(OFFSET + vector.bytes().length + OFFSET).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(OFFSET, vector.bytes());
        Problem torn = FrameValidator.structure(buffer, OFFSET, vector.bytes().length);
        if (vector.verdict().equals(Vector.MALFORMED)) {
            assertNotNull(torn);
            return;
        }
        assertNull(torn);
        Message message = new MessageReader().read(buffer, OFFSET);
        Problem problem = message.problem(Limits.DEFAULT);
        if (vector.verdict().equals(Vector.OK)) {
            assertNull(problem);
            assertEquals(vector.fields(), Described.json(message));
        } else {
            assertNotNull(problem);
            assertEquals(ErrorCode.valueOf(vector.verdict()), problem.code());
        }
    }

    @Test
    void shouldHaveVectorsOfEveryMessageUnderNamesOfTheirOwn() throws IOException {
        Set<Integer> types = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (Vector vector : vectors()) {
            assertTrue(names.add(vector.name()), vector.name());
            if (vector.verdict().equals(Vector.OK)) {
                types.add(Frame.typeCode(DamagedFrames.view(vector.bytes()), 0));
            }
        }
        assertEquals(MessageType.values().length, types.size());
    }

    @Test
    void shouldCommitWhatTheGeneratorWrites() throws IOException {
        for (var file : WriteVectors.files().entrySet()) {
            assertEquals(file.getValue(), committed(file.getKey()), file.getKey());
        }
    }

    @Test
    void shouldAgreeWithADecoderInPython() throws Exception {
        assumeTrue(hasPython(), "NOT CHECKED: python3 is missing, so the second decoder did not run over the vectors");
        Process python = new ProcessBuilder(
                        "python3", Path.of("src/test/python/check_vectors.py").toString(), "src/test/resources/vectors")
                .redirectErrorStream(true)
                .start();
        String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, python.waitFor(), output);
    }

    private static boolean hasPython() throws InterruptedException {
        try {
            return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldNotExhaustTheStackOnFramesInFrames() {
        int depth = 100_000;
        byte[] frame = deep(depth);
        assertNotNull(FrameValidator.structure(DamagedFrames.view(frame), 0, frame.length));
    }

    /** SUBMIT_BATCH in SUBMIT_BATCH in ...: each level is a header, a count and a length. */
    private static byte[] deep(int depth) {
        int level = Frame.HEADER_BYTES + MessageType.SUBMIT_BATCH.blockLength() + Frame.LENGTH_BYTES;
        ByteBuffer frames = ByteBuffer.allocate(depth * level).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < depth; i++) {
            int rest = frames.remaining();
            frames.putInt(rest - Frame.LENGTH_BYTES)
                    .put((byte) MessageType.SUBMIT_BATCH.code())
                    .put((byte) Frame.VERSION)
                    .putShort((short) MessageType.SUBMIT_BATCH.blockLength())
                    .putInt(1)
                    .putInt(1)
                    .putInt(rest - level);
        }
        return frames.array();
    }
}
