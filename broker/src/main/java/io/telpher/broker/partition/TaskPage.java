package io.telpher.broker.partition;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.TaskView;
import java.util.ArrayList;
import java.util.List;

/** Gathers a page of tasks until it is as large as a reply may be. */
final class TaskPage {
    private final int bytesMax;
    private final TaskReader reader;
    private final boolean withPayload;
    private final List<TaskView> tasks = new ArrayList<>();
    private long bytes;
    private boolean cut;

    TaskPage(int bytesMax, TaskReader reader, boolean withPayload) {
        this.bytesMax = bytesMax;
        this.reader = reader;
        this.withPayload = withPayload;
    }

    void add(TaskCursor cursor) {
        if (cut) {
            return;
        }
        TaskView task = reader.read(cursor, withPayload);
        bytes += 512L
                + task.payload.length
                + task.headers.size() * 64L
                + task.lastError.length() * 3L
                + task.result.bytes().remaining();
        cut = bytes > bytesMax && !tasks.isEmpty();
        if (!cut) {
            tasks.add(task);
        }
    }

    /** More matched than fits: go on after {@link #lastId}. */
    boolean isCut() {
        return cut;
    }

    long lastId() {
        return tasks.get(tasks.size() - 1).taskId;
    }

    List<TaskView> tasks() {
        return tasks;
    }
}
