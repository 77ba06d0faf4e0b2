package io.telpher.broker.security;

import io.telpher.protocol.QueueName;
import io.telpher.protocol.Role;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of what a token may or may not do: {@code submit}, {@code work:mail}, {@code read:orders.*}, {@code *:*.secret}.
 *
 * @param role null = any
 * @param pattern of queue names; {@code *} stands for any characters, also for none
 */
record Rule(@Nullable Role role, String pattern) {
    private static final String ANY = "*";

    /** @throws IllegalArgumentException when it is none */
    static Rule parse(String text) {
        int colon = text.indexOf(':');
        String word = colon < 0 ? text : text.substring(0, colon);
        String pattern = colon < 0 ? ANY : text.substring(colon + 1);
        if (pattern.length() > QueueName.CHARS_MAX || !isPattern(pattern)) {
            throw new IllegalArgumentException("\"" + text + "\": \"" + pattern + "\" is not a valid queue pattern");
        }
        return new Rule(word.equals(ANY) ? null : role(text, word), pattern);
    }

    private static boolean isPattern(String text) {
        return !text.isEmpty()
                && text.chars()
                        .allMatch(letter -> letter >= 'A' && letter <= 'Z'
                                || letter >= 'a' && letter <= 'z'
                                || letter >= '0' && letter <= '9'
                                || "._*-".indexOf(letter) >= 0);
    }

    private static Role role(String text, String word) {
        for (Role role : Role.values()) {
            if (role.word().equals(word.toLowerCase(Locale.ROOT))) {
                return role;
            }
        }
        throw new IllegalArgumentException(
                "\"" + text + "\" is not like submit, work:mail or *:orders.*; roles are submit, work, read, admin, *");
    }

    boolean isForAllQueues() {
        return pattern.equals(ANY);
    }

    /** As something that is allowed: an admin may do what the others may. */
    boolean grants(Role wanted) {
        return role == null || role == wanted || role == Role.ADMIN;
    }

    /** As something that is denied: only what it says. */
    boolean denies(Role wanted) {
        return role == null || role == wanted;
    }

    /** Greedy, with one way back: the last star takes one more character. No pattern makes it slower than the product of the lengths. */
    boolean matches(String queue) {
        int q = 0;
        int p = 0;
        int star = -1;
        int starQueue = 0;
        while (q < queue.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                starQueue = q;
            } else if (p < pattern.length() && pattern.charAt(p) == queue.charAt(q)) {
                p++;
                q++;
            } else if (star >= 0) {
                p = star + 1;
                q = ++starQueue;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    @Override
    public String toString() {
        return (role == null ? ANY : role.word()) + (isForAllQueues() ? "" : ":" + pattern);
    }
}
