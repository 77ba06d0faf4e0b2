package io.telpher.broker.partition.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TextSearchTest {
    /** Counts the characters that are looked at. */
    private static final class Counted implements CharSequence {
        private final String text;
        private long looks;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            looks++;
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }
    }

    @Test
    void shouldFindWhatTheJdkFinds() {
        Random random = new Random(2);
        for (int i = 0; i < 100_000; i++) {
            String wanted = letters(random, 1 + random.nextInt(6));
            String text = letters(random, random.nextInt(30));
            assertEquals(text.contains(wanted), new TextSearch(wanted).isIn(text), wanted + " in " + text);
        }
    }

    private static String letters(Random random, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append((char) ('a' + random.nextInt(2)));
        }
        return text.toString();
    }

    @Test
    void shouldLookAtEachCharacterOnceWhateverIsWanted() {
        Counted text = new Counted("a".repeat(8 << 10));
        Counted wanted = new Counted("a".repeat(511) + "b");
        TextSearch search = new TextSearch(wanted);
        assertTrue(wanted.looks <= 4L * wanted.length(), () -> wanted.looks + " looks to prepare");
        wanted.looks = 0;
        assertFalse(search.isIn(text));
        assertEquals(text.length(), text.looks);
        assertTrue(wanted.looks <= 4L * text.length(), () -> wanted.looks + " looks");
    }
}
