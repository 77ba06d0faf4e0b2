package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.NewTerm;

/** NEW_TERM: a broker took over. No session is connected; every lease keeps the time it had left, leases of connections at most the time in which their workers should be back. */
public final class NewTermHandler implements CommandHandler {
    private final NewTerm message = new NewTerm();
    private final PartitionState state;

    public NewTermHandler(PartitionState state) {
        this.state = state;
    }

    @Override
    public void apply(CommandRequest request) {
        message.wrap(request.frames(), request.offset());
        state.newTerm(message.term(), request.sinceLastMs(), message.resumeMs());
        state.hashKey(message.secretLow(), message.secretHigh());
        state.semanticsVersion(message.semanticsVersion());
        state.leaveOutIds(message.idBlocksLeftOut());
    }
}
