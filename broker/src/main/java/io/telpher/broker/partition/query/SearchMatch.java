package io.telpher.broker.partition.query;

import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.task.Submit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Matches a task against a search. Terms that the core can answer come first; frames are read only for the others. */
public final class SearchMatch {
    /** A term whose value is looked for in texts. */
    private record Part(SearchQuery.Term term, @Nullable TextSearch search) {}

    private final TaskReader reader;
    private final int stateMask;
    private final List<SearchQuery.Term> names = new ArrayList<>();
    private final List<SearchQuery.Term> keys = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();
    private long bytesRead;

    public SearchMatch(TaskReader reader, SearchQuery query) {
        this.reader = reader;
        this.stateMask = query.stateMask();
        for (SearchQuery.Term term : query.terms()) {
            switch (term.field()) {
                case TYPE, QUEUE, WORKER, PRIORITY -> names.add(term);
                case KEY -> keys.add(term);
                default ->
                    parts.add(new Part(
                            term, term.value().isEmpty() ? null : new TextSearch(FoldedUtf8.of(term.value()))));
            }
        }
    }

    /** From the journal, ever. */
    public long bytesRead() {
        return bytesRead;
    }

    public boolean matches(TaskCursor task) {
        return (stateMask == 0 || (stateMask & task.state().mask()) != 0)
                && names.stream().allMatch(term -> term.isMetBy(name(task, term.field())))
                && (keys.isEmpty() && parts.isEmpty() || matchesFrames(task));
    }

    private static String name(TaskCursor task, SearchQuery.Field field) {
        return switch (field) {
            case TYPE -> task.type();
            case QUEUE -> task.queue();
            case WORKER -> task.worker();
            case PRIORITY -> task.priority().word();
            default -> throw new IllegalStateException(field + " is not known to the core");
        };
    }

    private boolean matchesFrames(TaskCursor task) {
        Submit submit = null;
        if (!keys.isEmpty() || parts.stream().anyMatch(part -> part.term.field() != SearchQuery.Field.ERROR)) {
            submit = reader.submit(task);
            bytesRead += submit == null ? 0 : submit.frameBytes();
        }
        for (SearchQuery.Term term : keys) {
            if (submit == null || !term.isMetBy(submit.idempotencyKey())) {
                return false;
            }
        }
        List<Part> left = new ArrayList<>();
        for (Part part : parts) {
            if (submit == null || !isIn(submit, part)) {
                left.add(part);
            }
        }
        return isInError(task, left);
    }

    /** Comes last: the error's frame is read into the place where the submit was. */
    private boolean isInError(TaskCursor task, List<Part> left) {
        if (left.isEmpty()) {
            return true;
        }
        for (Part part : left) {
            if (part.term.field() != SearchQuery.Field.ERROR && part.term.field() != SearchQuery.Field.ANY) {
                return false;
            }
        }
        FoldedUtf8 error = FoldedUtf8.of(reader.lastError(task));
        bytesRead += error.length();
        return left.stream()
                .allMatch(part -> Objects.requireNonNull(part.search).isIn(error));
    }

    private static boolean isIn(Submit submit, Part part) {
        return switch (part.term.field()) {
            case ANY, PAYLOAD ->
                Objects.requireNonNull(part.search)
                        .isIn(new FoldedUtf8(submit.buffer(), submit.payloadOffset(), submit.payloadLength()));
            case HEADER -> {
                Map<String, String> headers = submit.headers();
                String present = headers.get(part.term.name());
                yield present != null && (part.search == null || part.search.isIn(FoldedUtf8.of(present)));
            }
            default -> false;
        };
    }
}
