package io.telpher.broker.core;

import io.telpher.broker.core.command.CommandHandler;
import io.telpher.broker.core.command.CommandReplies;
import io.telpher.broker.core.command.CommandRequest;
import io.telpher.broker.core.command.Grants;
import io.telpher.broker.core.command.HeldTasks;
import io.telpher.broker.core.command.deadletter.DeadSelection;
import io.telpher.broker.core.command.deadletter.DlqDiscardHandler;
import io.telpher.broker.core.command.deadletter.DlqReplayHandler;
import io.telpher.broker.core.command.lease.AckHandler;
import io.telpher.broker.core.command.lease.DisconnectHandler;
import io.telpher.broker.core.command.lease.EndWaitsHandler;
import io.telpher.broker.core.command.lease.ExtendHandler;
import io.telpher.broker.core.command.lease.NackHandler;
import io.telpher.broker.core.command.lease.ProgressHandler;
import io.telpher.broker.core.command.lease.ReleaseHandler;
import io.telpher.broker.core.command.lease.ReserveHandler;
import io.telpher.broker.core.command.lease.WithdrawHandler;
import io.telpher.broker.core.command.queue.DeleteQueueHandler;
import io.telpher.broker.core.command.queue.NoteQueueHandler;
import io.telpher.broker.core.command.queue.PauseQueueHandler;
import io.telpher.broker.core.command.queue.PurgeQueueHandler;
import io.telpher.broker.core.command.queue.PutQueueHandler;
import io.telpher.broker.core.command.queue.ResumeQueueHandler;
import io.telpher.broker.core.command.record.ClockHandler;
import io.telpher.broker.core.command.record.HandOverHandler;
import io.telpher.broker.core.command.record.HandedOverHandler;
import io.telpher.broker.core.command.record.NewTermHandler;
import io.telpher.broker.core.command.record.PayloadUnreadableHandler;
import io.telpher.broker.core.command.record.QueueMakerHandler;
import io.telpher.broker.core.command.record.RelocateHandler;
import io.telpher.broker.core.command.record.SetQueueLimitsHandler;
import io.telpher.broker.core.command.record.SetRetainedBytesHandler;
import io.telpher.broker.core.command.record.SetRetentionHandler;
import io.telpher.broker.core.command.record.TickHandler;
import io.telpher.broker.core.command.task.CancelHandler;
import io.telpher.broker.core.command.task.RescheduleHandler;
import io.telpher.broker.core.command.task.SubmitBatchHandler;
import io.telpher.broker.core.command.task.SubmitHandler;
import io.telpher.broker.core.command.task.SubmitPlan;
import io.telpher.broker.core.state.Deadlines;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.MessageType.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The table of handlers: one for each type of record that changes the state, over the same state. It is made once; a record finds its handler by the
 * code of its type, in one step.
 */
final class CommandDispatcher {
    /** By {@link MessageType#code}; null where records of the type change nothing. */
    private final @Nullable CommandHandler[] handlers = new CommandHandler[MessageType.CODES];

    private final SubmitBatchHandler submitBatch;
    private final AckHandler ack;
    private final RelocateHandler relocate;

    CommandDispatcher(PartitionState state, Deadlines deadlines, CommandReplies replies) {
        Lifecycle lifecycle = new Lifecycle(state);
        Grants grants = new Grants(state, lifecycle, replies);
        SubmitPlan plan = new SubmitPlan(state, lifecycle, grants);
        HeldTasks held = new HeldTasks(state, replies);
        DeadSelection selection = new DeadSelection(state, replies);
        submitBatch = new SubmitBatchHandler(plan, grants, replies);
        ack = new AckHandler(held, lifecycle, plan, grants, replies);
        relocate = new RelocateHandler(state);
        on(MessageType.SUBMIT, new SubmitHandler(state, plan, grants, replies));
        on(MessageType.SUBMIT_BATCH, submitBatch);
        on(MessageType.CANCEL, new CancelHandler(held, lifecycle, replies));
        on(MessageType.RESCHEDULE, new RescheduleHandler(state, grants, replies));
        on(MessageType.RESERVE, new ReserveHandler(state, grants, replies));
        on(MessageType.ACK, ack);
        on(MessageType.NACK, new NackHandler(held, lifecycle, grants, replies));
        on(MessageType.RELEASE, new ReleaseHandler(held, lifecycle, grants, replies));
        on(MessageType.EXTEND, new ExtendHandler(state, held, lifecycle, replies));
        on(MessageType.PROGRESS, new ProgressHandler(held, lifecycle, replies));
        on(MessageType.PUT_QUEUE, new PutQueueHandler(state, replies));
        on(MessageType.PAUSE_QUEUE, new PauseQueueHandler(state, replies));
        on(MessageType.NOTE_QUEUE, new NoteQueueHandler(state, replies));
        on(MessageType.RESUME_QUEUE, new ResumeQueueHandler(state, grants, replies));
        on(MessageType.PURGE_QUEUE, new PurgeQueueHandler(state, lifecycle, replies));
        on(MessageType.DELETE_QUEUE, new DeleteQueueHandler(state, lifecycle, replies));
        on(MessageType.DLQ_REPLAY, new DlqReplayHandler(selection, lifecycle, grants, replies));
        on(MessageType.DLQ_DISCARD, new DlqDiscardHandler(selection, lifecycle, replies));
        on(MessageType.TICK, new TickHandler(state, deadlines, lifecycle, grants, replies));
        on(MessageType.DISCONNECT, new DisconnectHandler(state, lifecycle, grants, replies));
        on(MessageType.NEW_TERM, new NewTermHandler(state));
        on(MessageType.SET_RETENTION, new SetRetentionHandler(state));
        on(MessageType.SET_QUEUE_LIMITS, new SetQueueLimitsHandler(state));
        on(MessageType.QUEUE_MAKER, new QueueMakerHandler(state));
        on(MessageType.SET_RETAINED_BYTES, new SetRetainedBytesHandler(state));
        on(MessageType.WITHDRAW, new WithdrawHandler(state, grants, replies));
        on(MessageType.END_WAITS, new EndWaitsHandler(state, grants, replies));
        on(MessageType.HAND_OVER, new HandOverHandler(state, plan, grants, replies));
        on(MessageType.HANDED_OVER, new HandedOverHandler(state));
        on(MessageType.CLOCK, new ClockHandler(state));
        on(MessageType.PAYLOAD_UNREADABLE, new PayloadUnreadableHandler(state, lifecycle, replies));
        for (MessageType type : MessageType.values()) {
            Invariant.check(
                    (handlers[type.code()] != null) == isOfAll(type),
                    "a type that is journaled and has no handler, or the other way round");
        }
    }

    private void on(MessageType type, CommandHandler handler) {
        handlers[type.code()] = handler;
    }

    /** Records of the type are in the journals of all copies of the partition. A RELOCATE is in one machine's alone. */
    private static boolean isOfAll(MessageType type) {
        return type.kind() == Kind.COMMAND || type.kind() == Kind.INTERNAL && type != MessageType.RELOCATE;
    }

    void dispatch(CommandRequest request, ByteBuffer frames, int frameOffset) {
        int code = Frame.typeCode(frames, frameOffset);
        CommandHandler handler = handlers[code];
        if (handler == null) {
            throw new IllegalStateException(
                    "a record of type " + MessageType.known(code) + " changes nothing and must not be journaled");
        }
        handler.apply(request);
    }

    /** What each copy of a partition journals for itself. */
    void dispatchLocal(CommandRequest request, ByteBuffer frames, int frameOffset) {
        MessageType type = MessageType.known(Frame.typeCode(frames, frameOffset));
        if (type != MessageType.RELOCATE) {
            throw new IllegalStateException("a record of type " + type + " must not be one machine's alone");
        }
        relocate.apply(request);
    }

    /** What stands in the way of a SUBMIT_BATCH or ACK, were it applied now; null = nothing. */
    @Nullable
    Problem problem(ByteBuffer frames, int frameOffset, long maker) {
        return Frame.typeCode(frames, frameOffset) == MessageType.ACK.code()
                ? ack.problem(frames, frameOffset, maker)
                : submitBatch.problem(frames, frameOffset, maker);
    }
}
