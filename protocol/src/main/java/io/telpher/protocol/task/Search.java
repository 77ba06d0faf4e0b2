package io.telpher.protocol.task;

import io.telpher.protocol.Limits;
import io.telpher.protocol.Problem;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** SEARCH: a page of tasks, of all states and queues, that a {@link SearchQuery} finds, newest id last. Answered by TASKS. */
public final class Search extends Message {
    public Search() {
        super(MessageType.SEARCH);
    }

    public Search wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long afterTaskId, int limit, SearchQuery query) {
        return write(out, requestId, afterTaskId, limit, query.queue(), query.text());
    }

    static FrameWriter write(FrameWriter out, int requestId, long afterTaskId, int limit, String queue, String query) {
        return out.begin(MessageType.SEARCH, requestId)
                .i64(afterTaskId)
                .i32(limit)
                .pad()
                .var(queue)
                .var(query)
                .end();
    }

    /** Only tasks with a greater id. */
    public long afterTaskId() {
        return i64(0);
    }

    public int limit() {
        return i32(8);
    }

    /** Empty = any. */
    public String queue() {
        return string(0);
    }

    /** As {@link SearchQuery#parse} takes it. */
    public String query() {
        return string(1);
    }

    @Override
    public @Nullable Problem problem(Limits limits) {
        Problem problem = Problem.first(
                Problem.within("limit", limit(), 1, Limits.LIST_MAX),
                nameOrEmpty(0, "queue"),
                text(1, "search", SearchQuery.BYTES_MAX));
        if (problem != null) {
            return problem;
        }
        try {
            SearchQuery.parse(query());
            return null;
        } catch (IllegalArgumentException e) {
            return Problem.bad(String.valueOf(e.getMessage()));
        }
    }
}
