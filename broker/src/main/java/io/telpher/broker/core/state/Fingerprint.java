package io.telpher.broker.core.state;

/**
 * What an error looks like without the parts that differ between two errors of the same kind. At each place of the text the first of these that begins
 * there becomes one {@code #}: a task id ({@code t-} and hex), hex with {@code 0x}, a number or id in hex or with dashes (a UUID too), a long word with
 * digits in it such as a token, and any other digits. One pass: what a run of letters holds is looked up once for all places in it.
 */
public final class Fingerprint {
    /** Of the first line, so much is looked at. */
    public static final int CHARS_MAX = 256;

    private static final int ID_DIGITS_MAX = 16;
    private static final int TOKEN_CHARS_MIN = 16;
    private static final int NOTHING = -1;

    /** No secret: two kinds of errors with one hash are counted together, and no table is filled by it. */
    private static final long KEY_0 = 0x66696e6765727072L;

    private static final long KEY_1 = 0x696e746f66646561L;

    private final String text;
    private final int end;
    /** Of the run of hex digits and dashes that was looked at last: where it ends, its last digit, and its last end of a word. */
    private int dashedEnd;

    private int dashedDigit;
    private int dashedBoundary;

    private Fingerprint(String text) {
        this.text = text;
        this.end = text.length();
    }

    /** The same for an error and for its own fingerprint. */
    public static String of(String error) {
        return new Fingerprint(firstLine(error)).scan();
    }

    /** Of the error's fingerprint: two errors of one kind have the same, and others have others but for one chance in 2^64. */
    public static long hash(String error) {
        String seen = of(error);
        SipHash hash = new SipHash().begin(64, KEY_0, KEY_1);
        for (int i = 0; i < seen.length(); i++) {
            hash.update((byte) seen.charAt(i)).update((byte) (seen.charAt(i) >>> Byte.SIZE));
        }
        return hash.end();
    }

    private static String firstLine(String error) {
        int most = Math.min(error.length(), CHARS_MAX);
        for (int i = 0; i < most; i++) {
            if (error.charAt(i) == '\n' || error.charAt(i) == '\r') {
                return error.substring(0, i);
            }
        }
        return error.substring(0, most);
    }

    private String scan() {
        StringBuilder seen = new StringBuilder(end);
        int at = 0;
        while (at < end) {
            int varyingEnd = varying(at);
            seen.append(varyingEnd == NOTHING ? text.charAt(at) : '#');
            at = varyingEnd == NOTHING ? at + 1 : varyingEnd;
        }
        return seen.toString();
    }

    /** Where the varying part ends that begins here; {@link #NOTHING} = none does. */
    private int varying(int at) {
        int found = NOTHING;
        if (isBoundary(at)) {
            found = taskId(at);
            found = found == NOTHING ? prefixed(at) : found;
            found = found == NOTHING ? dashed(at) : found;
            found = found == NOTHING ? token(at) : found;
        }
        return found == NOTHING ? digits(at) : found;
    }

    private int taskId(int at) {
        if (letter(at) != 't' || letter(at + 1) != '-') {
            return NOTHING;
        }
        int from = at + 2;
        int to = from;
        while (to - from <= ID_DIGITS_MAX && isLowerHex(letter(to))) {
            to++;
        }
        return to > from && to - from <= ID_DIGITS_MAX && isBoundary(to) ? to : NOTHING;
    }

    private int prefixed(int at) {
        if (letter(at) != '0' || letter(at + 1) != 'x' && letter(at + 1) != 'X') {
            return NOTHING;
        }
        int to = at + 2;
        while (isHex(letter(to))) {
            to++;
        }
        return to > at + 2 ? to : NOTHING;
    }

    /** Up to the last end of a word in a run with a digit ahead. */
    private int dashed(int at) {
        if (at >= dashedEnd) {
            lookAtDashed(at);
        }
        return dashedDigit >= at && dashedBoundary > at ? dashedBoundary : NOTHING;
    }

    private void lookAtDashed(int at) {
        dashedDigit = NOTHING;
        dashedBoundary = NOTHING;
        int to = at;
        while (isHex(letter(to)) || letter(to) == '-') {
            dashedDigit = isDigit(letter(to)) ? to : dashedDigit;
            to++;
            dashedBoundary = isBoundary(to) ? to : dashedBoundary;
        }
        dashedEnd = to;
    }

    private int token(int at) {
        boolean hasDigit = false;
        int to = at;
        while (isAsciiWord(letter(to))) {
            hasDigit |= isDigit(letter(to));
            to++;
        }
        return hasDigit && to - at >= TOKEN_CHARS_MIN && isBoundary(to) ? to : NOTHING;
    }

    private int digits(int at) {
        int to = at;
        while (isDigit(letter(to))) {
            to++;
        }
        return to > at ? to : NOTHING;
    }

    /** 0 behind the end. */
    private char letter(int at) {
        return at < end ? text.charAt(at) : 0;
    }

    private boolean isBoundary(int at) {
        return (at > 0 && isWord(text.charAt(at - 1))) != (at < end && isWord(text.charAt(at)));
    }

    /** What lies outside of ASCII is told apart by blocks and not by a JDK's tables, since every broker has to find the same. */
    private static boolean isWord(char letter) {
        return letter < 0x80 ? isAsciiWord(letter) : letter >= 0xC0 && !isPunctuation(letter);
    }

    private static boolean isPunctuation(char letter) {
        return letter >= 0x2000 && letter < 0x2070 || letter >= 0x3000 && letter < 0x3004;
    }

    private static boolean isAsciiWord(char letter) {
        return isDigit(letter) || letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z' || letter == '_';
    }

    private static boolean isDigit(char letter) {
        return letter >= '0' && letter <= '9';
    }

    private static boolean isLowerHex(char letter) {
        return isDigit(letter) || letter >= 'a' && letter <= 'f';
    }

    private static boolean isHex(char letter) {
        return isLowerHex(letter) || letter >= 'A' && letter <= 'F';
    }
}
