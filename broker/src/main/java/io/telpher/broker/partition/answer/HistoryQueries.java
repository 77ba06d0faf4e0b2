package io.telpher.broker.partition.answer;

import io.telpher.broker.core.Partition;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.broker.partition.history.HistoryReplayPlan;
import io.telpher.broker.partition.history.TaskHistory;
import io.telpher.broker.partition.history.TaskSteps;
import io.telpher.broker.partition.payload.TaskReader;
import io.telpher.broker.partition.replica.Parts;
import io.telpher.broker.partition.reply.Replies;
import io.telpher.broker.partition.session.NotFound;
import io.telpher.broker.partition.session.Session;
import io.telpher.broker.partition.session.TaskRights;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.task.History;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Answers HISTORY: from what this run remembers when that is all, else from the journal, a while later. */
final class HistoryQueries {
    /** The newest failures of a task whose errors are read from the journal: each is a read that the partition's thread waits for. */
    private static final int ERRORS_READ_MAX = 50;

    /** By one duty cycle, of those whose answer had to be looked up: some milliseconds at most. */
    private static final int LATE_ANSWERS_PER_CYCLE = 16;

    private final Partition partition;
    private final TaskReader reader;
    private final Replies replies;
    private final TaskHistory history;
    private final @Nullable HistoryReplays lookBacks;

    /** @param history what this run remembers */
    HistoryQueries(Parts parts, TaskHistory history, TaskReader reader, Replies replies) {
        this.partition = parts.partition();
        this.reader = reader;
        this.replies = replies;
        this.history = history;
        HistoryReplayPlan plan = parts.upkeep().lookBack();
        this.lookBacks = plan == null
                ? null
                : new HistoryReplays(
                        partition, history, parts.clock(), plan, parts.room().shares());
    }

    void answer(Session session, History asked, long appliedSequence) {
        TaskCursor task = partition.find(asked.taskId());
        HistoryReplays looks = lookBacks;
        if (task == null) {
            replies.refuse(session, asked.requestId(), NotFound.task(partition, asked.taskId()));
            return;
        }
        TaskSteps known = looks == null ? history.of(asked.taskId()) : looks.known(asked.taskId());
        if (known != null) {
            send(session, asked.requestId(), task, known);
        } else if (looks != null) {
            Problem problem = looks.ask(task, appliedSequence, session, asked.requestId());
            if (problem != null) {
                replies.refuse(session, asked.requestId(), problem);
            }
        }
    }

    /** Refuses what the session's rights don't cover. */
    void review(Session session) {
        HistoryReplays looks = lookBacks;
        if (looks != null) {
            for (HistoryReplays.Asker asker : looks.of(session)) {
                TaskCursor task = partition.find(asker.key);
                if (task != null && isForbidden(asker, task)) {
                    looks.giveUp(asker);
                    refuse(asker);
                }
            }
        }
    }

    private static boolean isForbidden(HistoryReplays.Asker asker, TaskCursor task) {
        return !asker.session.rights().allow(MessageType.HISTORY, task.queue());
    }

    private void refuse(HistoryReplays.Asker asker) {
        replies.refuse(asker.session, asker.requestId, TaskRights.forbidden(MessageType.HISTORY, asker.key));
    }

    /** The connection is gone. */
    void forget(Session session) {
        if (lookBacks != null) {
            lookBacks.forget(session);
        }
    }

    /** Answers questions whose history had to be read from the journal; returns how many. */
    int answerLate() {
        HistoryReplays looks = lookBacks;
        int work = 0;
        HistoryReplays.Asker next = looks == null ? null : looks.poll();
        while (looks != null && next != null) {
            answerLate(next, looks.steps(next));
            work++;
            next = work < LATE_ANSWERS_PER_CYCLE && !replies.isMuch() ? looks.poll() : null;
        }
        return work;
    }

    private void answerLate(HistoryReplays.Asker asker, TaskSteps steps) {
        TaskCursor task = partition.find(asker.key);
        if (asker.session.isOver()) {
            return;
        }
        if (task == null) {
            replies.refuse(asker.session, asker.requestId, NotFound.task(partition, asker.key));
        } else if (isForbidden(asker, task)) {
            refuse(asker);
        } else {
            send(asker.session, asker.requestId, task, steps);
        }
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
