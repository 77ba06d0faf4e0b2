package io.telpher.protocol;

import java.util.Locale;

/** The five stable words of the API for where a task stands; {@link TaskState} is the finer one. */
public enum TaskStatus {
    PENDING,
    PROCESSING,
    COMPLETED,
    FAILED,
    CANCELLED;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The status with this word; {@code queued} means pending too, since the reply to a submit says so.
     *
     * @throws IllegalArgumentException for any other word
     */
    public static TaskStatus ofWord(String word) {
        if (word.equals("queued")) {
            return PENDING;
        }
        for (TaskStatus status : values()) {
            if (status.word().equals(word)) {
                return status;
            }
        }
        throw new IllegalArgumentException(
                "\"" + word + "\" is not a status; use pending, processing, completed, failed or cancelled");
    }
}
