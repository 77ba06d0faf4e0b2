package io.telpher.broker.net;

import io.telpher.protocol.Frame;
import io.telpher.protocol.MessageType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A conformance vector of the protocol module, read anew from its file: whatever speaks the protocol can do the same. */
record SpokenVector(String name, String verdict, byte[] bytes) {
    private static final Path VECTORS = Path.of("../protocol/src/test/resources/vectors");

    static List<SpokenVector> all() throws IOException {
        List<SpokenVector> vectors = new ArrayList<>();
        for (String file : List.of("valid.hex", "damaged.hex", "rules.hex")) {
            String text = Files.readString(VECTORS.resolve(file)).replaceAll("(?m)^#.*\n", "");
            for (String block : text.strip().split("\n\n+")) {
                vectors.add(
                        new SpokenVector(value(block, "name"), value(block, "verdict"), bytes(value(block, "hex"))));
            }
        }
        return vectors;
    }

    private static String value(String block, String key) {
        String unfolded = ("\n" + block).replace("\n    ", " ");
        int start = unfolded.indexOf("\n" + key + ":") + key.length() + 2;
        int end = unfolded.indexOf('\n', start);
        return unfolded.substring(start, end < 0 ? unfolded.length() : end).strip();
    }

    /** {@code 0a 00*12}: a byte, and twelve of them. */
    private static byte[] bytes(String tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String token : tokens.split("\\s+")) {
            int times = token.length() > 2 ? Integer.parseInt(token.substring(3)) : 1;
            for (int i = 0; i < times; i++) {
                bytes.write(HexFormat.fromHexDigits(token, 0, 2));
            }
        }
        return bytes.toByteArray();
    }

    boolean isValid() {
        return verdict.equals("ok");
    }

    boolean isMalformed() {
        return verdict.equals("malformed");
    }

    private ByteBuffer frame() {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Null when the header is what is wrong. */
    @Nullable
    MessageType type() {
        return bytes.length < Frame.HEADER_BYTES ? null : MessageType.of(Frame.typeCode(frame(), 0));
    }

    /** 0 when the frame ends before it. */
    int requestId() {
        return Frame.bytes(frame(), 0) < Frame.HEADER_BYTES ? 0 : Frame.requestId(frame(), 0);
    }

    /** The number at this offset of the block. */
    int shortInBlock(int offset) {
        return frame().getShort(Frame.HEADER_BYTES + offset) & 0xFFFF;
    }

    int intInBlock(int offset) {
        return frame().getInt(Frame.HEADER_BYTES + offset);
    }

    @Override
    public String toString() {
        return name;
    }
}
