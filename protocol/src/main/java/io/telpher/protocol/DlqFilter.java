package io.telpher.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Which dead tasks are meant. An empty field matches any.
 *
 * @param errorContains a part of the last error's text
 */
public record DlqFilter(String queue, String taskType, String errorContains) {
    public static final DlqFilter ANY = new DlqFilter("", "", "");

    public static DlqFilter queue(String queue) {
        return new DlqFilter(queue, "", "");
    }

    /** The filter's fields are the first three var fields of every message that has one. */
    static @Nullable Problem problem(Message message) {
        return Message.first(
                message.nameOrEmpty(0, "queue"),
                message.nameOrEmpty(1, "type"),
                message.atMost(2, "error filter", Limits.NOTE_BYTES_MAX));
    }
}
