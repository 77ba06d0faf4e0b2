package io.telpher.broker.cli.output;

/** Texts of others on a terminal: a task's error or a worker's name may hold what a terminal takes for commands. */
public final class Printable {
    private Printable() {}

    /** On one line, with a mark in place of each control character. */
    public static String line(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
        return line.toString();
    }

    /** Line ends and tabs stay. */
    static String lines(String text) {
        StringBuilder lines = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> lines.appendCodePoint(
                        Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r' ? '\uFFFD' : c));
        return lines.toString();
    }
}
