package io.telpher.protocol;

import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.MessageReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the conformance vectors. Arguments: the directory. What is committed is the specification; a difference wants a reason. */
final class WriteVectors {
    private static final String HEAD = """
            # Frames of the protocol in docs/PROTOCOL.md, and what a decoder makes of each.
            # verdict: ok = valid, with these fields; malformed = close the connection; anything else = the error code to answer.
            # hex: one byte each; xx*n stands for n times xx. Limits are the defaults (1 MiB of payload).
            """;

    private WriteVectors() {}

    public static void main(String[] arguments) throws IOException {
        for (Map.Entry<String, String> file : files().entrySet()) {
            Files.writeString(Path.of(arguments[0], file.getKey()), file.getValue());
        }
    }

    /** The text of each file by its name. */
    static Map<String, String> files() {
        ValidFrames valid = new ValidFrames();
        List<Vector> frames = new ArrayList<>();
        List<Vector> damaged = new ArrayList<>();
        for (MessageType type : MessageType.values()) {
            String word = word(type);
            frames.add(ok(word + "-least", valid.least(type)));
            frames.add(ok(word + "-most", valid.most(type)));
            frames.add(ok(word + "-newer", DamagedFrames.newer(valid.least(type))));
            if (type.blockLengthMin() < type.blockLength() || type.varFieldsMin() < type.varFields()) {
                frames.add(ok(word + "-older", DamagedFrames.older(valid.most(type))));
            }
            DamagedFrames.of(valid.least(type))
                    .forEach((what, frame) -> damaged.add(new Vector(word + "-" + what, Vector.MALFORMED, "", frame)));
        }
        Map<String, String> files = new LinkedHashMap<>();
        files.put("valid.hex", text(frames));
        files.put("damaged.hex", text(damaged));
        files.put("rules.hex", text(RefusedFrames.all()));
        return files;
    }

    private static String text(List<Vector> vectors) {
        StringBuilder text = new StringBuilder(HEAD);
        vectors.forEach(vector -> text.append('\n').append(vector.text()));
        return text.toString();
    }

    private static Vector ok(String name, byte[] frame) {
        return new Vector(name, Vector.OK, fields(frame), frame);
    }

    static String word(MessageType type) {
        return type.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String fields(byte[] frame) {
        try {
            return Described.json(new MessageReader().read(DamagedFrames.view(frame), 0));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("an accessor failed", e);
        }
    }
}
