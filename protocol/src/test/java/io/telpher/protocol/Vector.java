package io.telpher.protocol;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One line of the protocol's specification by example.
 *
 * @param verdict {@code ok}, {@code malformed}, or the name of an {@link ErrorCode}
 * @param fields JSON of the decoded fields, empty unless ok
 */
record Vector(String name, String verdict, String fields, byte[] bytes) {
    static final String OK = "ok";
    static final String MALFORMED = "malformed";
    private static final int RUN_MIN = 12;
    private static final int TOKENS_PER_LINE = 24;
    private static final HexFormat HEX = HexFormat.of();

    @Override
    public String toString() {
        return name;
    }

    /** The vectors of a file: blocks of {@code key: value} lines with an empty line between. */
    static List<Vector> parse(List<String> lines) {
        List<Vector> vectors = new ArrayList<>();
        Map<String, StringBuilder> entry = new LinkedHashMap<>();
        String key = "";
        for (String line : lines) {
            if (line.isBlank() && !entry.isEmpty()) {
                vectors.add(of(entry));
                entry.clear();
            } else if (line.startsWith(" ")) {
                part(entry, key).append(line);
            } else if (!line.startsWith("#") && !line.isBlank()) {
                key = line.substring(0, line.indexOf(':'));
                entry.put(
                        key,
                        new StringBuilder(line.substring(line.indexOf(':') + 1).strip()));
            }
        }
        if (!entry.isEmpty()) {
            vectors.add(of(entry));
        }
        return vectors;
    }

    private static Vector of(Map<String, StringBuilder> entry) {
        StringBuilder fields = entry.get("fields");
        return new Vector(
                part(entry, "name").toString(),
                part(entry, "verdict").toString(),
                fields == null ? "" : fields.toString(),
                bytes(part(entry, "hex").toString()));
    }

    private static StringBuilder part(Map<String, StringBuilder> entry, String key) {
        return Objects.requireNonNull(entry.get(key), key);
    }

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

    String text() {
        StringBuilder text = new StringBuilder("name: " + name + "\nverdict: " + verdict + "\n");
        if (!fields.isEmpty()) {
            text.append("fields: ").append(fields).append('\n');
        }
        text.append("hex:");
        int tokens = 0;
        for (int i = 0; i < bytes.length; ) {
            int run = 1;
            while (i + run < bytes.length && bytes[i + run] == bytes[i]) {
                run++;
            }
            text.append(tokens > 0 && tokens % TOKENS_PER_LINE == 0 ? "\n    " : " ");
            text.append(HEX.toHexDigits(bytes[i])).append(run >= RUN_MIN ? "*" + run : "");
            i += run >= RUN_MIN ? run : 1;
            tokens++;
        }
        return text.append('\n').toString();
    }
}
