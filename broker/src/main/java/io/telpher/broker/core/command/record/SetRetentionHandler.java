package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.SetRetention;

/** SET_RETENTION: how long final tasks are kept, those that are final already too. */
public final class SetRetentionHandler implements CommandHandler {
    private final SetRetention message = new SetRetention();
    private final PartitionState state;

    public SetRetentionHandler(PartitionState state) {
        this.state = state;
    }

    @Override
    public void apply(CommandRequest request) {
        state.retentionMs(message.wrap(request.frames(), request.offset()).retentionMs());
    }
}
