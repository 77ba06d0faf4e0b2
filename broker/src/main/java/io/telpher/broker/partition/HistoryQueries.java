package io.telpher.broker.partition;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.core.state.TransitionListener;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.History;
import io.telpher.protocol.Problem;
import io.telpher.protocol.TaskState;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Answers HISTORY: from what this run remembers when that is all, else from the journal, a while later. */
final class HistoryQueries implements TransitionListener {
    /** The newest failures of a task whose errors are read from the journal: each is a read that the partition's thread waits for. */
    private static final int ERRORS_READ_MAX = 50;

    private final Partition partition;
    private final TaskReader reader;
    private final Replies replies;
    private final LongSupplier clock;
    private final TaskHistory history;
    private @Nullable LookBacks lookBacks;

    HistoryQueries(Partition partition, TaskReader reader, Replies replies, LongSupplier clock) {
        this.partition = partition;
        this.reader = reader;
        this.replies = replies;
        this.clock = clock;
        this.history = new TaskHistory(clock.getAsLong(), partition::now);
    }

    void lookBack(LookBackPlan plan) {
        lookBacks = new LookBacks(partition, history, clock, plan);
    }

    @Override
    public void moved(TaskCursor task, TaskState from) {
        history.moved(task, from);
    }

    void answer(Session session, History asked, long appliedSequence) {
        TaskCursor task = partition.find(asked.taskId());
        LookBacks looks = lookBacks;
        if (task == null) {
            replies.refuse(session, asked.requestId(), Queries.missing(partition, asked.taskId()));
            return;
        }
        TaskSteps known = looks == null ? history.of(asked.taskId()) : looks.known(asked.taskId());
        if (known != null) {
            send(session, asked.requestId(), task, known);
        } else if (looks != null
                && !looks.ask(task, appliedSequence, new LookBacks.Asker(session, asked.requestId()))) {
            replies.refuse(
                    session,
                    asked.requestId(),
                    new Problem(
                            ErrorCode.OVERLOADED,
                            "the journal is being read for the histories of other tasks; ask again in some seconds"));
        }
    }

    /** Those whose answer had to be read; returns how many. */
    int answerLate() {
        LookBacks looks = lookBacks;
        List<LookBacks.Found> all = looks == null ? List.of() : looks.answerable();
        for (LookBacks.Found each : all) {
            Session session = each.asker().session();
            TaskCursor task = partition.find(each.taskId());
            if (session.isOpen() && task != null) {
                send(session, each.asker().requestId(), task, each.steps());
            } else if (session.isOpen()) {
                replies.refuse(session, each.asker().requestId(), Queries.missing(partition, each.taskId()));
            }
        }
        return all.size();
    }

    private void send(Session session, int requestId, TaskCursor task, TaskSteps steps) {
        String lastError = reader.lastError(task);
        replies.send(session, steps.write(replies.begin(), requestId, task, lastError, errors()));
    }

    private LongFunction<String> errors() {
        int[] read = {0};
        return location -> read[0]++ < ERRORS_READ_MAX ? reader.errorAt(location) : "";
    }
}
