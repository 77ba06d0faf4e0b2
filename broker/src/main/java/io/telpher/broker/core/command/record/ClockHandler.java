package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.Clock;

/** CLOCK: sets the offset of the wall clock to the broker's. Instants that are due by it fire with the next TICK. */
public final class ClockHandler implements CommandHandler {
    private final Clock message = new Clock();
    private final PartitionState state;

    public ClockHandler(PartitionState state) {
        this.state = state;
    }

    @Override
    public void apply(CommandRequest request) {
        state.wallOffsetMs(message.wrap(request.frames(), request.offset()).wallOffsetMs());
    }
}
