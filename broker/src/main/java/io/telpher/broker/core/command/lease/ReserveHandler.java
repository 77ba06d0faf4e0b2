package io.telpher.broker.core.command.lease;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.TaskQueue;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Waiters;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.lease.Reserve;
import org.jspecify.annotations.Nullable;

/** RESERVE: what is ready, at once; else it waits in the line of each of its queues. */
public final class ReserveHandler implements CommandHandler {
    private final Reserve message = new Reserve();
    private final ReserveTerms terms = new ReserveTerms();
    private final PartitionState state;
    private final Grants grants;
    private final CommandReplies replies;

    public ReserveHandler(PartitionState state, Grants grants, CommandReplies replies) {
        this.state = state;
        this.grants = grants;
        this.replies = replies;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        readTerms(request);
        grants.fill(request.session(), terms);
        if (grants.count() > 0 || message.waitMs() == 0) {
            replies.deliveries(request.session(), request.id(), grants);
            return;
        }
        Problem problem = waitProblem(request);
        if (problem == null) {
            state.waiters().add(state.sessions().enter(request.session()), terms);
        } else {
            replies.rejected(request, problem);
        }
    }

    /** Queues that are not there are only planned: it takes a wait to keep their names. */
    private void readTerms(CommandRequest request) {
        terms.requestId = request.id();
        terms.max = message.max();
        terms.leaseMs = message.visibilityTimeoutMs();
        terms.worker = message.worker();
        terms.deadlineMs = state.nowMs() + message.waitMs();
        terms.queues.clear();
        terms.weights.clear();
        Elements names = message.queues();
        for (int i = 0; names.next(); i++) {
            TaskQueue queue = state.queues().find(request.frames(), names.offset(), names.length());
            if (queue != null) {
                add(queue, message.weight(i));
            } else {
                addMissing(names.text(), message.weight(i));
            }
        }
    }

    /** @param weight 0 = without */
    private void add(TaskQueue queue, int weight) {
        if (!terms.queues.contains(queue)) {
            addNew(queue, weight);
        }
    }

    private void addMissing(String name, int weight) {
        if (terms.queues.stream().noneMatch(each -> each.name().equals(name))) {
            addNew(state.queues().plan(name), weight);
        }
    }

    private void addNew(TaskQueue queue, int weight) {
        terms.queues.add(queue);
        if (weight > 0) {
            terms.weights.add(weight);
        }
    }

    private @Nullable Problem waitProblem(CommandRequest request) {
        if (state.waiters().count() >= Waiters.WAITERS_MAX) {
            return new Problem(ErrorCode.OVERLOADED, Waiters.WAITERS_MAX + " reserves are waiting already");
        }
        return state.queues().awaitProblem(terms.queues, state.queues().makers().of(request.session()));
    }
}
