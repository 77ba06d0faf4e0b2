package io.telpher.broker.http.json;

import java.util.ArrayList;
import java.util.List;

/** Takes apart what clients write, in one pass: no regular expression sees it, since one that goes back can take far longer than the text is. */
public final class Words {
    private Words() {}

    /** The parts between separators, unchanged; the empty text is one empty word. */
    public static List<String> split(String text, char separator) {
        List<String> words = new ArrayList<>();
        int start = 0;
        for (int end = text.indexOf(separator); end >= 0; end = text.indexOf(separator, start)) {
            words.add(text.substring(start, end));
            start = end + 1;
        }
        words.add(text.substring(start));
        return words;
    }

    public static boolean isDigits(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isDigit(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    public static boolean isLowerHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char letter = text.charAt(i);
            if (!isDigit(letter) && (letter < 'a' || letter > 'f')) {
                return false;
            }
        }
        return true;
    }

    public static boolean isDigit(char letter) {
        return letter >= '0' && letter <= '9';
    }

    public static boolean isLetter(char letter) {
        return letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z';
    }
}
