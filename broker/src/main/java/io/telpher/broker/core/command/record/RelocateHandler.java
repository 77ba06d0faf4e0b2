package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.record.Relocate;

/** RELOCATE: one of a task's frames is read elsewhere from here on. */
public final class RelocateHandler implements CommandHandler {
    private final Relocate message = new Relocate();
    private final TaskCursor task;

    public RelocateHandler(PartitionState state) {
        this.task = state.newCursor();
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        if (task.find(message.taskId())) {
            task.relocate(message.part(), message.from(), request.locationOf(message.copyOffset()));
        }
    }
}
