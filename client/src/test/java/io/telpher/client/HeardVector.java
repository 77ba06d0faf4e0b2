package io.telpher.client;

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

/** A conformance vector of the protocol module, as a broker might send it. */
record HeardVector(String name, String verdict, byte[] bytes) {
    private static final int TYPE_OFFSET = 4;
    private static final int REQUEST_ID_OFFSET = 8;
    private static final Path VECTORS = Path.of("../protocol/src/test/resources/vectors");

    static List<HeardVector> all() throws IOException {
        List<HeardVector> vectors = new ArrayList<>();
        for (String file : List.of("valid.hex", "damaged.hex", "rules.hex")) {
            String text = Files.readString(VECTORS.resolve(file)).replaceAll("(?m)^#.*\n", "");
            for (String block : text.replace("\n    ", " ").strip().split("\n\n+")) {
                vectors.add(new HeardVector(value(block, "name"), value(block, "verdict"), bytes(value(block, "hex"))));
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

    boolean isMalformed() {
        return verdict.equals("malformed");
    }

    /** Null when the header is what is wrong. */
    @Nullable
    MessageType type() {
        return bytes.length < Frame.HEADER_BYTES ? null : MessageType.of(bytes[TYPE_OFFSET] & 0xFF);
    }

    /** The frame with another request id. */
    byte[] replyTo(int requestId) {
        return ByteBuffer.wrap(bytes.clone())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(REQUEST_ID_OFFSET, requestId)
                .array();
    }

    @Override
    public String toString() {
        return name;
    }
}
