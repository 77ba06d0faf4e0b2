package io.telpher.broker.core.command;

import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.ReserveTerms;
import io.telpher.broker.core.state.TaskQueue;
import io.telpher.broker.core.state.Waiters;
import io.telpher.protocol.Elements;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Reserve;
import org.jspecify.annotations.Nullable;

/** RESERVE: what is ready, at once; else it waits in the line of each of its queues. */
public final class ReserveHandler {
    private final Reserve message = new Reserve();
    private final ReserveTerms terms = new ReserveTerms();
    private final PartitionState state;
    private final Grants grants;
    private final Replies replies;

    ReserveHandler(PartitionState state, Grants grants, Replies replies) {
        this.state = state;
        this.grants = grants;
        this.replies = replies;
    }

    public void apply(Request request) {
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
    private void readTerms(Request request) {
        terms.requestId = request.id();
        terms.max = message.max();
        terms.leaseMs = message.visibilityTimeoutMs();
        terms.worker = message.worker();
        terms.deadlineMs = state.nowMs() + message.waitMs();
        terms.queues.clear();
        Elements names = message.queues();
        while (names.next()) {
            TaskQueue queue = state.queues().find(request.frames(), names.offset(), names.length());
            if (queue != null) {
                add(queue);
            } else {
                addMissing(names.text());
            }
        }
    }

    private void add(TaskQueue queue) {
        if (!terms.queues.contains(queue)) {
            terms.queues.add(queue);
        }
    }

    private void addMissing(String name) {
        if (terms.queues.stream().noneMatch(each -> each.name().equals(name))) {
            terms.queues.add(state.queues().plan(name));
        }
    }

    private @Nullable Problem waitProblem(Request request) {
        if (state.waiters().count() >= Waiters.WAITERS_MAX) {
            return new Problem(ErrorCode.OVERLOADED, Waiters.WAITERS_MAX + " reserves are waiting already");
        }
        return state.queues().awaitProblem(terms.queues, state.queues().makers().of(request.session()));
    }
}
