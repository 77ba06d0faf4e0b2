package io.telpher.broker.config;

import java.util.Collection;

/** The known word that was probably meant. */
public final class Suggestion {
    private static final int DISTANCE_MAX = 3;

    private Suggestion() {}

    /** {@code ; did you mean "x"?}, empty when nothing is near. */
    public static String of(String word, Collection<String> known) {
        String nearest = "";
        int best = DISTANCE_MAX + 1;
        for (String candidate : known) {
            // Also what keeps the work small, however long the word is.
            boolean isLikely = Math.abs(word.length() - candidate.length()) <= DISTANCE_MAX;
            int distance = isLikely ? distance(word, candidate) : best;
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest.isEmpty() ? "" : "; did you mean \"" + nearest + "\"?";
    }

    /** Edits that lead from one to the other, a swap of neighbours counted as one. */
    private static int distance(String a, String b) {
        int[][] edits = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                edits[i][j] = i == 0 || j == 0 ? i + j : cheapest(edits, a, b, i, j);
            }
        }
        return edits[a.length()][b.length()];
    }

    private static int cheapest(int[][] edits, String a, String b, int i, int j) {
        int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least = Math.min(edits[i - 1][j - 1] + same, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, edits[i - 2][j - 2] + 1) : least;
    }
}
