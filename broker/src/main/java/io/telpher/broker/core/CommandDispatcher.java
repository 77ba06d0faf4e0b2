package io.telpher.broker.core;

import io.telpher.broker.core.command.CommandRequest;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Which handler applies which record. */
final class CommandDispatcher {
    private final Handlers handlers;

    CommandDispatcher(Handlers handlers) {
        this.handlers = handlers;
    }

    void dispatch(CommandRequest request, ByteBuffer frames, int frameOffset) {
        MessageType type = MessageType.known(Frame.typeCode(frames, frameOffset));
        switch (type) {
            case SUBMIT -> handlers.submit.apply(request);
            case SUBMIT_BATCH -> handlers.submitBatch.apply(request);
            case CANCEL -> handlers.cancel.apply(request);
            case RESCHEDULE -> handlers.reschedule.apply(request);
            case RESERVE -> handlers.reserve.apply(request);
            case ACK -> handlers.ack.apply(request);
            case NACK -> handlers.nack.apply(request);
            case RELEASE -> handlers.release.apply(request);
            case EXTEND -> handlers.extend.apply(request);
            case PROGRESS -> handlers.progress.apply(request);
            case PUT_QUEUE -> handlers.putQueue.apply(request);
            case PAUSE_QUEUE -> handlers.pauseQueue.apply(request);
            case NOTE_QUEUE -> handlers.noteQueue.apply(request);
            case RESUME_QUEUE -> handlers.resumeQueue.apply(request);
            case PURGE_QUEUE -> handlers.purgeQueue.apply(request);
            case DELETE_QUEUE -> handlers.deleteQueue.apply(request);
            case DLQ_REPLAY -> handlers.dlqReplay.apply(request);
            case DLQ_DISCARD -> handlers.dlqDiscard.apply(request);
            case TICK -> handlers.tick.apply(request);
            case DISCONNECT -> handlers.disconnect.apply(request);
            case NEW_TERM -> handlers.newTerm.apply(request);
            case SET_RETENTION -> handlers.setRetention.apply(request);
            case SET_QUEUE_LIMITS -> handlers.setQueueLimits.apply(request);
            case QUEUE_MAKER -> handlers.queueMaker.apply(request);
            case SET_RETAINED_BYTES -> handlers.setRetainedBytes.apply(request);
            case WITHDRAW -> handlers.withdraw.apply(request);
            case END_WAITS -> handlers.endWaits.apply(request);
            case HAND_OVER -> handlers.handOver.apply(request);
            case HANDED_OVER -> handlers.handedOver.apply(request);
            case CLOCK -> handlers.clock.apply(request);
            case PAYLOAD_UNREADABLE -> handlers.payloadUnreadable.apply(request);
            default ->
                throw new IllegalStateException(
                        "a record of type " + type + " changes nothing and must not be journaled");
        }
    }

    /** What each copy of a partition journals for itself. */
    void dispatchLocal(CommandRequest request, ByteBuffer frames, int frameOffset) {
        MessageType type = MessageType.known(Frame.typeCode(frames, frameOffset));
        if (type != MessageType.RELOCATE) {
            throw new IllegalStateException("a record of type " + type + " must not be one machine's alone");
        }
        handlers.relocate.apply(request);
    }

    @Nullable
    Problem problem(ByteBuffer frames, int frameOffset, long maker) {
        return Frame.typeCode(frames, frameOffset) == MessageType.ACK.code()
                ? handlers.ack.problem(frames, frameOffset, maker)
                : handlers.submitBatch.problem(frames, frameOffset, maker);
    }
}
