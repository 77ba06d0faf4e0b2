package io.telpher.broker.core.command.record;

import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.protocol.record.QueueMaker;

/** QUEUE_MAKER: in whose name this session makes queues. */
public final class QueueMakerHandler {
    private final QueueMaker message = new QueueMaker();
    private final PartitionState state;

    public QueueMakerHandler(PartitionState state) {
        this.state = state;
    }

    public void apply(CommandRequest request) {
        long maker = message.wrap(request.frames(), request.offset()).maker();
        state.queues().makers().tell(request.session(), maker);
    }
}
