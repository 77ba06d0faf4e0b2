package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.SipHash;

/**
 * What an error looks like without the parts that differ between two errors of the same kind. At each place of the text the first of these that begins there
 * becomes one {@code #}: what stands in quotes, behind a URL's scheme, in a path, or behind the {@code @} of an object's hash code; an address of mail, a host
 * or an IP address; a task id ({@code t-} and hex), hex with {@code 0x}, a number or id in hex or with dashes (a UUID too), a word in which digits stand between
 * letters or that is long and has digits, such as a token, and any other digits. One pass: what a run of letters holds is looked up once for all places in it.
 *
 * <p>Its own fingerprint is a fingerprint's: what is put in is taken for a letter when the next is looked for, and what needs no digits is not found in what was put
 * in.
 */
public final class Fingerprint {
    /** Of the first line, so much is looked at. */
    public static final int CHARS_MAX = 256;

    private static final int ID_DIGITS_MAX = 16;
    private static final int TOKEN_CHARS_MIN = 16;
    private static final int MIXED_CHARS_MIN = 5;
    private static final int HASH_CODE_DIGITS_MIN = 6;
    private static final int HASH_CODE_DIGITS_MAX = 16;
    private static final int HOST_DOTS_MIN = 2;
    private static final int COLONS_MIN = 2;
    private static final int NOTHING = -1;
    private static final char VARYING = '#';

    private static final String OPENING = "\"'`\u201c\u2018\u00ab";
    private static final String CLOSING = "\"'`\u201d\u2019\u00bb";
    private static final String ENDS_A_PATH = "\"'`<>()[]{},;|\u201c\u201d\u2018\u2019\u00ab\u00bb";

    /** No secret: two kinds of errors with one hash are counted together, and no table is filled by it. */
    private static final long KEY_0 = 0x66696e6765727072L;

    private static final long KEY_1 = 0x696e746f66646561L;

    private final String text;
    private final int end;
    private final StringBuilder seen;
    /** Of the run of hex digits and dashes that was looked at last: where it ends, its last digit, and its last end of a word. */
    private int dashedEnd;

    private int dashedDigit;
    private int dashedBoundary;
    /** Where the run ends that was looked at last for hex with colons. */
    private int colonsEnd;
    /** A bit for each kind of quote that is not closed any more. */
    private int openFrom;

    private Fingerprint(String text) {
        this.text = text;
        this.end = text.length();
        this.seen = new StringBuilder(end);
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
        int at = 0;
        while (at < end) {
            int next = marked(at);
            if (next == NOTHING) {
                next = varying(at);
                seen.append(next == NOTHING ? letter(at) : VARYING);
            }
            at = next == NOTHING ? at + 1 : next;
        }
        return seen.toString();
    }

    /** What is told by a mark that stays. Where it ends, when it begins here; it is written then. */
    private int marked(int at) {
        int kind = OPENING.indexOf(letter(at));
        if (kind >= 0) {
            return quoted(at, kind);
        }
        return switch (letter(at)) {
            case '/' -> path(at);
            case '@' -> hashCode(at);
            case ':' -> url(at);
            default -> NOTHING;
        };
    }

    /** {@code "..."}: opened where no word goes on, as it does at an apostrophe, and closed where none begins. */
    private int quoted(int at, int kind) {
        if (isPart(at - 1) || (openFrom & 1 << kind) != 0) {
            return NOTHING;
        }
        int to = at + 1;
        while (to < end && (letter(to) != CLOSING.charAt(kind) || isPart(to + 1))) {
            to++;
        }
        if (to == end) {
            openFrom |= 1 << kind;
            return NOTHING;
        }
        seen.append(letter(at)).append(VARYING).append(letter(to));
        return to + 1;
    }

    /** {@code /a/b}: not {@code and/or}. */
    private int path(int at) {
        if (isPart(at - 1)) {
            return NOTHING;
        }
        return keep("/", at + 1, pathEnd(at + 1));
    }

    /** {@code ://host/path}, behind a scheme. */
    private int url(int at) {
        if (!isPart(at - 1) || letter(at + 1) != '/' || letter(at + 2) != '/') {
            return NOTHING;
        }
        return keep("://", at + 3, pathEnd(at + 3));
    }

    private int hashCode(int at) {
        int to = at + 1;
        while (isLowerHex(letter(to))) {
            to++;
        }
        int digits = to - at - 1;
        boolean isOne = digits >= HASH_CODE_DIGITS_MIN && digits <= HASH_CODE_DIGITS_MAX && !isPart(to);
        return isOne && isPart(at - 1) ? keep("@", at + 1, to) : NOTHING;
    }

    private int keep(String mark, int from, int to) {
        if (to <= from) {
            return NOTHING;
        }
        seen.append(mark).append(VARYING);
        return to;
    }

    /** Up to white space or what encloses paths, without what ends a sentence; with the number of a line. */
    private int pathEnd(int from) {
        int to = from;
        int last = from;
        while (to < end && letter(to) > ' ' && ENDS_A_PATH.indexOf(letter(to)) < 0) {
            last = isPart(to) ? to + 1 : last;
            to++;
        }
        return last;
    }

    /** Where the varying part ends that begins here; {@link #NOTHING} = none does. */
    private int varying(int at) {
        int found = NOTHING;
        if (isBoundary(at)) {
            found = drive(at);
            found = found == NOTHING ? dotted(at) : found;
            found = found == NOTHING ? taskId(at) : found;
            found = found == NOTHING ? prefixed(at) : found;
            found = found == NOTHING ? colons(at) : found;
            found = found == NOTHING ? dashed(at) : found;
            found = found == NOTHING ? token(at) : found;
        }
        return found == NOTHING ? digits(at) : found;
    }

    /** {@code C:\a\b}. */
    private int drive(int at) {
        boolean isOne = isLetter(letter(at)) && letter(at + 1) == ':' && letter(at + 2) == '\\';
        int to = isOne ? pathEnd(at + 3) : NOTHING;
        return to > at + 3 ? to : NOTHING;
    }

    /** {@code a@b.c}, {@code a.b.c} and {@code a.b:80}, but no names of classes, which have capitals. */
    private int dotted(int at) {
        if (isDotted(letter(at - 1)) || !isAsciiWord(letter(at))) {
            return NOTHING;
        }
        int to = at;
        int last = at;
        int dots = 0;
        int atSign = NOTHING;
        boolean isHost = true;
        for (; isDotted(letter(to)) || letter(to) == '@' && atSign == NOTHING && to > at; to++) {
            if (letter(to) == '@') {
                atSign = to;
                dots = 0;
                isHost = true;
            } else if (isAsciiWord(letter(to))) {
                last = to + 1;
                isHost &= letter(to) < 'A' || letter(to) > 'Z';
            } else if (letter(to) == '.' && isAsciiWord(letter(to - 1)) && isAsciiWord(letter(to + 1))) {
                dots++;
            }
        }
        if (isPart(last)) {
            return NOTHING;
        }
        boolean isMail = atSign != NOTHING && dots > 0 && last > atSign;
        boolean hasPort = letter(last) == ':' && isDigit(letter(last + 1));
        boolean isName = atSign == NOTHING && isHost && (dots >= HOST_DOTS_MIN || dots > 0 && hasPort);
        return isMail || isName ? last : NOTHING;
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

    /** {@code fe80::1} and {@code 10:20:30}. */
    private int colons(int at) {
        if (at < colonsEnd) {
            return NOTHING;
        }
        int to = at;
        int last = NOTHING;
        int colons = 0;
        boolean hasDigit = false;
        for (; isHex(letter(to)) || letter(to) == ':'; to++) {
            colons += letter(to) == ':' ? 1 : 0;
            hasDigit |= isDigit(letter(to));
            boolean isEnd = hasDigit && colons >= COLONS_MIN && letter(to) != ':' && !isPart(to + 1);
            last = isEnd ? to + 1 : last;
        }
        colonsEnd = to;
        return last;
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
        int digitGroups = 0;
        int to = at;
        while (isAsciiWord(letter(to))) {
            digitGroups += isDigit(letter(to)) && (to == at || !isDigit(letter(to - 1))) ? 1 : 0;
            to++;
        }
        boolean isLong = digitGroups > 0 && to - at >= TOKEN_CHARS_MIN;
        boolean isMixed = digitGroups > 1 && to - at >= MIXED_CHARS_MIN;
        return (isLong || isMixed) && isBoundary(to) ? to : NOTHING;
    }

    private int digits(int at) {
        int to = at;
        while (isDigit(letter(to))) {
            to++;
        }
        return to > at ? to : NOTHING;
    }

    /** 0 outside. */
    private char letter(int at) {
        return at >= 0 && at < end ? text.charAt(at) : 0;
    }

    private boolean isBoundary(int at) {
        return isPart(at - 1) != isPart(at);
    }

    /** Of a word, or of what stands for one. */
    private boolean isPart(int at) {
        return at >= 0 && at < end && (letter(at) == VARYING || isWord(letter(at)));
    }

    /** What lies outside of ASCII is told apart by blocks and not by a JDK's tables, since every broker has to find the same. */
    private static boolean isWord(char letter) {
        return letter < 0x80 ? isAsciiWord(letter) : letter >= 0xC0 && !isPunctuation(letter);
    }

    private static boolean isPunctuation(char letter) {
        return letter >= 0x2000 && letter < 0x2070 || letter >= 0x3000 && letter < 0x3004;
    }

    private static boolean isDotted(char letter) {
        return isAsciiWord(letter) || letter == '.' || letter == '-' || letter == '+';
    }

    private static boolean isAsciiWord(char letter) {
        return isDigit(letter) || isLetter(letter) || letter == '_';
    }

    private static boolean isLetter(char letter) {
        return letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z';
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
