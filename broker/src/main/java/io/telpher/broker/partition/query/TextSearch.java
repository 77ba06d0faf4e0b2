package io.telpher.broker.partition.query;

/**
 * Finds one text in many others, in time linear in each, whatever is in it (Knuth, Morris and Pratt 1977): what was read of a text is never read again, since
 * for each length of the part that matched it is known how much of it is also the beginning of the next place to try.
 */
public final class TextSearch {
    private final CharSequence wanted;
    /** By how many characters match so far: how many do at the next place where any do. */
    private final int[] shorter;

    public TextSearch(CharSequence wanted) {
        this.wanted = wanted;
        this.shorter = new int[wanted.length() + 1];
        for (int i = 1, matched = 0; i < wanted.length(); i++) {
            matched = advance(matched, wanted.charAt(i));
            shorter[i + 1] = matched;
        }
    }

    public boolean isIn(CharSequence text) {
        int matched = 0;
        for (int i = 0; i < text.length() && matched < wanted.length(); i++) {
            matched = advance(matched, text.charAt(i));
        }
        return matched == wanted.length();
    }

    private int advance(int from, char next) {
        int matched = from;
        while (matched > 0 && wanted.charAt(matched) != next) {
            matched = shorter[matched];
        }
        return wanted.charAt(matched) == next ? matched + 1 : 0;
    }
}
