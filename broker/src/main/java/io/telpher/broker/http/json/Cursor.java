package io.telpher.broker.http.json;

import io.telpher.protocol.TaskId;
import io.telpher.protocol.task.Tasks;

/**
 * Where the next page begins: behind a task, and with dead letters its place in the order of deaths, which stays one when the task is not dead any more. Shown as
 * {@code t-7f3a2}, or {@code t-7f3a2@1234}.
 *
 * @param place 0 = none
 */
public record Cursor(long taskId, long place) {
    private static final int DIGITS_MAX = 18;

    public static Cursor of(Tasks page) {
        return new Cursor(page.nextAfter(), page.nextPlace());
    }

    public static Cursor parse(String text) throws Refusal {
        int at = text.indexOf('@');
        if (at < 0) {
            return new Cursor(TaskJson.id(text), 0);
        }
        int digits = text.length() - at - 1;
        if (digits == 0 || digits > DIGITS_MAX || !Words.isDigits(text, at + 1, text.length())) {
            throw Refusal.bad("\"" + text + "\" is not a cursor; take next of the page before");
        }
        return new Cursor(TaskJson.id(text.substring(0, at)), Long.parseLong(text.substring(at + 1)));
    }

    @Override
    public String toString() {
        return TaskId.format(taskId) + (place == 0 ? "" : "@" + place);
    }
}
