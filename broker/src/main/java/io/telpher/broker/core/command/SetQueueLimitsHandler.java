package io.telpher.broker.core.command;

import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.QueueLimits;
import io.telpher.protocol.record.SetQueueLimits;

/** SET_QUEUE_LIMITS: what there is above a limit stays. */
public final class SetQueueLimitsHandler {
    private final SetQueueLimits message = new SetQueueLimits();
    private final PartitionState state;

    SetQueueLimitsHandler(PartitionState state) {
        this.state = state;
    }

    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        state.queues().limits(new QueueLimits(message.queuesMax(), message.queuesPerClientMax(), message.idleTtlMs()));
    }
}
