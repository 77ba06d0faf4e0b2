package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.queue.ReserveTerms;
import io.telpher.broker.core.queue.Waiter;
import io.telpher.broker.core.state.Deadlines;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.record.Tick;

/** TICK: fires what is due, at most as many as it says, in the order of {@link Deadlines}. */
public final class TickHandler implements CommandHandler {
    private final Tick message = new Tick();
    private final ReserveTerms nothing = new ReserveTerms();
    private final PartitionState state;
    private final Deadlines deadlines;
    private final Lifecycle lifecycle;
    private final Grants grants;
    private final CommandReplies replies;
    private final TaskCursor task;

    public TickHandler(
            PartitionState state, Deadlines deadlines, Lifecycle lifecycle, Grants grants, CommandReplies replies) {
        this.state = state;
        this.deadlines = deadlines;
        this.lifecycle = lifecycle;
        this.grants = grants;
        this.replies = replies;
        this.task = state.newCursor();
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        int fired = 0;
        Deadlines.Kind due = deadlines.due(message.marginMs());
        while (fired < message.limit() && due != null) {
            fire(due);
            fired++;
            due = deadlines.due(message.marginMs());
        }
        grants.run();
    }

    private void fire(Deadlines.Kind due) {
        switch (due) {
            case LEASE -> leaseRanOut();
            case TIMER -> {
                deadlines.dueTimer(task);
                timeCame();
            }
            case RUN_TIME -> {
                deadlines.dueRunTime(task);
                timeCame();
            }
            case EXPIRY -> {
                deadlines.dueExpiry(task);
                expiryCame();
            }
            case LIFETIME -> {
                deadlines.dueLifetime(task);
                expiryCame();
            }
            case WAITER -> waitEnded();
            case RETENTION -> deadlines.endRetention();
            case KEY_WINDOW -> deadlines.endKeyWindow();
            case QUEUE_IDLE -> deadlines.endIdleQueue();
        }
    }

    private void leaseRanOut() {
        deadlines.dueLease(task);
        lifecycle.leaseEnded(task);
        replies.finishedIfFinal(task);
        grants.mark(task.taskQueue());
    }

    private void timeCame() {
        lifecycle.timeCame(task);
        grants.mark(task.taskQueue());
    }

    private void expiryCame() {
        lifecycle.expiryCame(task);
        replies.finishedIfFinal(task);
    }

    /** What became ready by this very tick goes to those who wait before their wait is over. */
    private void waitEnded() {
        grants.run();
        if (deadlines.due(message.marginMs()) == Deadlines.Kind.WAITER) {
            Waiter waiter = deadlines.dueWaiter();
            state.waiters().remove(waiter);
            grants.fill(waiter.session().id(), nothing);
            replies.deliveries(waiter.session().id(), waiter.requestId(), grants);
            state.sessions().leaveIfIdleHttp(waiter.session());
        }
    }
}
