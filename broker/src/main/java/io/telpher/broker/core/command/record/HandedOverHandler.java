package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.HandedOver;

/** HANDED_OVER: another partition has what was owed to it. */
public final class HandedOverHandler implements CommandHandler {
    private final HandedOver message = new HandedOver();
    private final HandOvers handOvers;

    public HandedOverHandler(PartitionState state) {
        this.handOvers = state.handOvers();
    }

    @Override
    public void apply(CommandRequest request) {
        handOvers.settle(message.wrap(request.frames(), request.offset()).number());
    }
}
