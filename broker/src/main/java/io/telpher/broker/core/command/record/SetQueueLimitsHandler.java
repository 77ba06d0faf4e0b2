package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.queue.QueueLimits;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.SetQueueLimits;

/** SET_QUEUE_LIMITS: what there is above a limit stays. */
public final class SetQueueLimitsHandler implements CommandHandler {
    private final SetQueueLimits message = new SetQueueLimits();
    private final PartitionState state;

    public SetQueueLimitsHandler(PartitionState state) {
        this.state = state;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        state.queues().limits(new QueueLimits(message.queuesMax(), message.queuesPerClientMax(), message.idleTtlMs()));
    }
}
