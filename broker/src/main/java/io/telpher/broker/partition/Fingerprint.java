package io.telpher.broker.partition;

import java.util.regex.Pattern;

/** What an error looks like without the parts that differ between two errors of the same kind. */
final class Fingerprint {
    /** Of the first line, so much is looked at: a hostile error must not hold up the partition. */
    static final int CHARS_MAX = 256;

    /** Task ids, hex with 0x, ids and numbers in hex or with dashes (a UUID too), long mixed words such as tokens, and any other digits. */
    private static final Pattern VARYING = Pattern.compile("\\bt-[0-9a-f]{1,16}\\b"
            + "|\\b0[xX][0-9a-fA-F]+"
            + "|\\b(?=[0-9a-fA-F-]*\\d)[0-9a-fA-F-]+\\b"
            + "|\\b(?=\\w*\\d)\\w{16,}\\b"
            + "|\\d+");

    private Fingerprint() {}

    /** The same for an error and for its own fingerprint. */
    static String of(String error) {
        String firstLine = error.lines().findFirst().orElse("");
        String clipped = firstLine.length() <= CHARS_MAX ? firstLine : firstLine.substring(0, CHARS_MAX);
        return VARYING.matcher(clipped).replaceAll("#");
    }
}
