package io.telpher.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The terms of a search: words, and {@code field:value} for single fields; a task has to match all of them. Quotes hold a value with spaces or a colon together,
 * {@code \} before a quote in them is left out. Names of queues, types, keys and workers are meant whole, or as a beginning with {@code *} behind;
 * parts of payloads, headers and errors are found wherever they are, whatever case their ASCII letters have.
 *
 * <pre>{@code
 * SearchQuery query = SearchQuery.parse("queue:mail state:dead \"connection refused\"");
 * Operations.Found found = telpher.operations().search(query, 0, 100);
 * }</pre>
 *
 * @param text as it was asked
 * @param stateMask bit n = state n; 0 = any
 */
public record SearchQuery(String text, int stateMask, List<Term> terms) {
    public static final int BYTES_MAX = Limits.NOTE_BYTES_MAX;
    public static final int TERMS_MAX = 16;

    /** The fields that a term can name. */
    public enum Field {
        /** In payload or error. */
        ANY,
        PAYLOAD,
        ERROR,
        /** {@code header:name} or {@code header:name=part}. */
        HEADER,
        /** The idempotency key. */
        KEY,
        TYPE,
        QUEUE,
        /** Of running tasks. */
        WORKER,
        PRIORITY;

        /** As it is written. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** A whole name, or its beginning; else a part. */
        boolean isName() {
            return this == KEY || this == TYPE || this == QUEUE || this == WORKER || this == PRIORITY;
        }
    }

    /**
     * One thing to look for.
     *
     * @param name of the header; empty with other fields
     * @param value never empty, but for a header that only has to be there
     * @param isBeginning of a name, not the whole
     */
    public record Term(Field field, String name, String value, boolean isBeginning) {
        /** Of a field that is a name. */
        public boolean isMetBy(String present) {
            return isBeginning ? present.startsWith(value) : present.equals(value);
        }
    }

    public SearchQuery {
        terms = List.copyOf(terms);
    }

    /** The one queue that is meant; empty = any may be. */
    public String queue() {
        for (Term term : terms) {
            if (term.field() == Field.QUEUE && !term.isBeginning()) {
                return term.value();
            }
        }
        return "";
    }

    /** @throws IllegalArgumentException when it can't be understood; says what can */
    public static SearchQuery parse(String text) {
        Parser parser = new Parser(text);
        while (parser.next()) {
            if (parser.terms.size() > TERMS_MAX) {
                throw new IllegalArgumentException("a search has at most " + TERMS_MAX + " terms");
            }
        }
        return new SearchQuery(text, parser.stateMask, parser.terms);
    }

    private static final class Parser {
        private static final String STATE = "state";
        private static final String STATUS = "status";

        private final String text;
        private final List<Term> terms = new ArrayList<>();
        private int stateMask;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        /** False at the end. */
        boolean next() {
            while (at < text.length() && text.charAt(at) <= ' ') {
                at++;
            }
            if (at == text.length()) {
                return false;
            }
            String key = key();
            boolean isQuoted = at < text.length() && text.charAt(at) == '"';
            String value = isQuoted ? quoted() : word();
            if (key.equals(STATE) || key.equals(STATUS)) {
                states(key, value);
            } else {
                terms.add(term(key, value, isQuoted));
            }
            return true;
        }

        /** What stands before a colon, with it; empty when there is none, or it is in quotes. */
        private String key() {
            int to = at;
            while (to < text.length() && text.charAt(to) >= 'a' && text.charAt(to) <= 'z') {
                to++;
            }
            if (to == at || to == text.length() || text.charAt(to) != ':') {
                return "";
            }
            String key = text.substring(at, to);
            at = to + 1;
            return key;
        }

        private String word() {
            int from = at;
            while (at < text.length() && text.charAt(at) > ' ') {
                at++;
            }
            return text.substring(from, at);
        }

        private String quoted() {
            StringBuilder value = new StringBuilder();
            at++;
            while (at < text.length() && text.charAt(at) != '"') {
                boolean isEscape = text.charAt(at) == '\\' && at + 1 < text.length();
                at += isEscape ? 1 : 0;
                value.append(text.charAt(at++));
            }
            if (at == text.length()) {
                throw new IllegalArgumentException("the quote at the end of the search is not closed");
            }
            at++;
            return value.toString();
        }

        private static Term term(String key, String value, boolean isQuoted) {
            Field field = key.isEmpty() ? Field.ANY : field(key);
            if (value.isEmpty()) {
                throw new IllegalArgumentException(
                        key.isEmpty() ? "a term must not be empty" : key + ": needs a value to search for");
            }
            if (field == Field.HEADER) {
                int equal = value.indexOf('=');
                return equal < 0
                        ? new Term(field, value, "", false)
                        : new Term(field, value.substring(0, equal), value.substring(equal + 1), false);
            }
            boolean isBeginning = field.isName() && !isQuoted && value.endsWith("*");
            return new Term(field, "", isBeginning ? value.substring(0, value.length() - 1) : value, isBeginning);
        }

        private static Field field(String key) {
            for (Field field : Field.values()) {
                if (field != Field.ANY && field.word().equals(key)) {
                    return field;
                }
            }
            String known =
                    Arrays.stream(Field.values()).skip(1).map(Field::word).collect(Collectors.joining(", "));
            throw new IllegalArgumentException("there is no field \"" + key + "\" to search; there are " + known
                    + ", state and status; put \"" + key + ":...\" in quotes to look for it as text");
        }

        private void states(String key, String words) {
            if (stateMask != 0) {
                throw new IllegalArgumentException("say the states once, as in state:ready,active");
            }
            int from = 0;
            while (from <= words.length()) {
                int comma = words.indexOf(',', from);
                int end = comma < 0 ? words.length() : comma;
                String word = words.substring(from, end);
                stateMask |= key.equals(STATE) ? state(word) : status(word);
                from = end + 1;
            }
        }

        private static int state(String word) {
            for (TaskState state : TaskState.values()) {
                if (state != TaskState.NONE && state.word().equals(word)) {
                    return state.mask();
                }
            }
            throw new IllegalArgumentException("\"" + word + "\" is not a valid state; valid are "
                    + Arrays.stream(TaskState.values())
                            .filter(state -> state != TaskState.NONE)
                            .map(TaskState::word)
                            .collect(Collectors.joining(", ")));
        }

        private static int status(String word) {
            TaskStatus wanted = TaskStatus.ofWord(word);
            int mask = 0;
            for (TaskState state : TaskState.values()) {
                mask |= state != TaskState.NONE && state.status() == wanted ? state.mask() : 0;
            }
            return mask;
        }
    }
}
