package io.telpher.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A conformance vector of the protocol module, read anew from its file, as an implementation in another language would.
 *
 * @param verdict {@code ok}, {@code malformed}, or the error code to answer
 */
public record HexVector(String name, String verdict, byte[] bytes) {
    private static final Path VECTORS = Path.of("../protocol/src/test/resources/vectors");
    private static final int HEADER_BYTES = 12;
    private static final int TYPE_OFFSET = 4;
    private static final int REQUEST_ID_OFFSET = 8;

    /** Of every file. */
    public static List<HexVector> all() throws IOException {
        List<HexVector> vectors = new ArrayList<>();
        for (String file : List.of("valid.hex", "damaged.hex", "rules.hex")) {
            String text = Files.readString(VECTORS.resolve(file)).replaceAll("(?m)^#.*\n", "");
            for (String block : text.replace("\n    ", " ").strip().split("\n\n+")) {
                vectors.add(new HexVector(value(block, "name"), value(block, "verdict"), bytes(value(block, "hex"))));
            }
        }
        return vectors;
    }

    private static String value(String block, String key) {
        return block.lines()
                .filter(line -> line.startsWith(key + ": "))
                .findFirst()
                .orElseThrow()
                .substring(key.length() + 2);
    }

    /** {@code 0a 00*12}: a byte, and twelve of them. */
    private static byte[] bytes(String tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String token : tokens.strip().split("\\s+")) {
            int times = token.length() > 2 ? Integer.parseInt(token.substring(3)) : 1;
            for (int i = 0; i < times; i++) {
                bytes.write(HexFormat.fromHexDigits(token, 0, 2));
            }
        }
        return bytes.toByteArray();
    }

    public boolean isValid() {
        return verdict.equals("ok");
    }

    public boolean isMalformed() {
        return verdict.equals("malformed");
    }

    private ByteBuffer frame() {
        return ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private boolean hasHeader() {
        return bytes.length >= HEADER_BYTES && frame().getInt(0) + Integer.BYTES >= HEADER_BYTES;
    }

    /** 0-255, also of types that do not exist; 0 when the frame ends before it. */
    public int typeCode() {
        return hasHeader() ? bytes[TYPE_OFFSET] & 0xFF : 0;
    }

    /** 0 when the frame ends before it. */
    public int requestId() {
        return hasHeader() ? frame().getInt(REQUEST_ID_OFFSET) : 0;
    }

    /** The u16 at this offset of the block. */
    public int shortInBlock(int offset) {
        return frame().getShort(HEADER_BYTES + offset) & 0xFFFF;
    }

    /** The i32 at this offset of the block. */
    public int intInBlock(int offset) {
        return frame().getInt(HEADER_BYTES + offset);
    }

    /** The frame with another request id. */
    public byte[] withRequestId(int requestId) {
        return frame().putInt(REQUEST_ID_OFFSET, requestId).array();
    }

    @Override
    public String toString() {
        return name;
    }
}
