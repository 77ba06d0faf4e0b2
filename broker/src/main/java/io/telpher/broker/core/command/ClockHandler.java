package io.telpher.broker.core.command;

import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.Clock;

/** CLOCK: the wall clock stands otherwise to the broker's from here on. What is due by it fires with the next TICK. */
public final class ClockHandler {
    private final Clock message = new Clock();
    private final PartitionState state;

    ClockHandler(PartitionState state) {
        this.state = state;
    }

    public void apply(Request request) {
        state.wallOffsetMs(message.wrap(request.frames(), request.offset()).wallOffsetMs());
    }
}
