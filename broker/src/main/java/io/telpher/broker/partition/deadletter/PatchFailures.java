package io.telpher.broker.partition.deadletter;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.payload.MergePatch;
import io.telpher.protocol.TaskId;
import java.util.ArrayList;
import java.util.List;

/** Dead letters that a replay leaves as they are, since their payloads can't be patched: how many, and for people which, and why. */
public final class PatchFailures {
    /** Limit of the tasks that a note names. */
    private static final int NAMED_MAX = 10;

    private static final int REASON_CHARS_MAX = 160;

    private final List<String> named = new ArrayList<>();
    private String reason = "";
    private long count;

    public void add(TaskCursor task, MergePatch.Unpatchable why) {
        count++;
        if (named.size() < NAMED_MAX) {
            named.add(TaskId.format(task.taskId()));
        }
        if (reason.isEmpty()) {
            String text = String.valueOf(why.getMessage()).lines().findFirst().orElse("");
            reason = text.length() <= REASON_CHARS_MAX ? text : text.substring(0, REASON_CHARS_MAX);
        }
    }

    public long count() {
        return count;
    }

    /** The note, and what there is to say about these. */
    String with(String note) {
        if (count == 0) {
            return note;
        }
        String which = String.join(", ", named) + (count > named.size() ? " and others" : "");
        return (note.isEmpty() ? "" : note + "; ") + count + " not patched and left dead: " + which + " (" + reason
                + ")";
    }
}
