package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.QueueMaker;

/** QUEUE_MAKER: in whose name this session makes queues. */
public final class QueueMakerHandler implements CommandHandler {
    private final QueueMaker message = new QueueMaker();
    private final PartitionState state;

    public QueueMakerHandler(PartitionState state) {
        this.state = state;
    }

    @Override
    public void apply(CommandRequest request) {
        long maker = message.wrap(request.frames(), request.offset()).maker();
        state.queues().makers().tell(request.session(), maker);
    }
}
