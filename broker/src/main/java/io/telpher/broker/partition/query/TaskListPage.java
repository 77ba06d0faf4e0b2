package io.telpher.broker.partition.query;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.protocol.TaskView;
import java.util.ArrayList;
import java.util.List;

/** Gathers a page of tasks until it is as large as a reply may be. */
public final class TaskListPage {
    private static final int BYTES_MAX = 3 << 20;

    private final TaskReader reader;
    private final boolean withPayload;
    private final int limit;
    private final List<TaskView> tasks = new ArrayList<>();
    private long bytes;
    private boolean cut;

    public TaskListPage(TaskReader reader, boolean withPayload, int limit) {
        this.reader = reader;
        this.withPayload = withPayload;
        this.limit = limit;
    }

    /** Returns whether another one may follow. */
    public boolean add(TaskCursor cursor) {
        TaskView task = reader.read(cursor, withPayload);
        long more = 512L
                + task.payload.length
                + task.headers.size() * 64L
                + task.lastError.length() * 3L
                + task.result.bytes().remaining();
        cut = bytes + more > BYTES_MAX && !tasks.isEmpty();
        bytes += more;
        if (!cut) {
            tasks.add(task);
        }
        return !isFull();
    }

    /** More matched than fits: go on behind {@link #last}. */
    public boolean isCut() {
        return cut;
    }

    public boolean isFull() {
        return cut || tasks.size() >= limit;
    }

    /** Looked at so far, the one that did not fit too. */
    public long bytes() {
        return bytes;
    }

    public TaskView last() {
        return tasks.get(tasks.size() - 1);
    }

    public List<TaskView> tasks() {
        return tasks;
    }
}
