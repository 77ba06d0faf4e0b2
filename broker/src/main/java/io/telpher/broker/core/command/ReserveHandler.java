package io.telpher.broker.core.command;

import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.Queues;
import io.telpher.broker.core.state.ReserveTerms;
import io.telpher.broker.core.state.TaskQueue;
import io.telpher.broker.core.state.Waiters;
import io.telpher.protocol.Elements;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Reserve;

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
        if (!readTerms(request)) {
            replies.rejected(
                    request,
                    ErrorCode.BAD_REQUEST,
                    "there are " + Queues.QUEUES_MAX + " queues already; no more are made");
            return;
        }
        grants.fill(request.session(), terms);
        if (grants.count() > 0 || message.waitMs() == 0) {
            replies.deliveries(request.session(), request.id(), grants);
        } else if (state.waiters().count() >= Waiters.WAITERS_MAX) {
            replies.rejected(request, ErrorCode.OVERLOADED, Waiters.WAITERS_MAX + " reserves are waiting already");
        } else {
            state.waiters().add(state.sessions().enter(request.session()), terms);
        }
    }

    /** False when a queue would have to be made and cannot. */
    private boolean readTerms(Request request) {
        terms.requestId = request.id();
        terms.max = message.max();
        terms.leaseMs = message.visibilityTimeoutMs();
        terms.worker = message.worker();
        terms.deadlineMs = state.nowMs() + message.waitMs();
        terms.queues.clear();
        Elements names = message.queues();
        while (names.next()) {
            TaskQueue queue = state.queues().find(request.frames(), names.offset(), names.length());
            if (queue == null) {
                if (state.queues().count() >= Queues.QUEUES_MAX) {
                    return false;
                }
                queue = state.queues().plan(names.text());
                state.queues().create(queue);
            }
            if (!terms.queues.contains(queue)) {
                terms.queues.add(queue);
            }
        }
        return true;
    }
}
