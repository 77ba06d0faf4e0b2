package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.SetRetainedBytes;

/** SET_RETAINED_BYTES: how much room final tasks may take, those that are final already too. */
public final class SetRetainedBytesHandler implements CommandHandler {
    private final SetRetainedBytes message = new SetRetainedBytes();
    private final PartitionState state;

    public SetRetainedBytesHandler(PartitionState state) {
        this.state = state;
    }

    @Override
    public void apply(CommandRequest request) {
        state.retainedBytesMax(message.wrap(request.frames(), request.offset()).bytesMax());
    }
}
