package io.telpher.broker.core.command;

import io.telpher.broker.core.state.Deadlines;
import io.telpher.broker.core.state.Lifecycle;
import io.telpher.broker.core.state.PartitionState;

/** One handler per command, over one state. */
public final class Handlers {
    public final SubmitHandler submit;
    public final SubmitBatchHandler submitBatch;
    public final CancelHandler cancel;
    public final RescheduleHandler reschedule;
    public final ReserveHandler reserve;
    public final AckHandler ack;
    public final NackHandler nack;
    public final ReleaseHandler release;
    public final ExtendHandler extend;
    public final ProgressHandler progress;
    public final PutQueueHandler putQueue;
    public final PauseQueueHandler pauseQueue;
    public final NoteQueueHandler noteQueue;
    public final ResumeQueueHandler resumeQueue;
    public final PurgeQueueHandler purgeQueue;
    public final DeleteQueueHandler deleteQueue;
    public final DlqReplayHandler dlqReplay;
    public final DlqDiscardHandler dlqDiscard;
    public final TickHandler tick;
    public final DisconnectHandler disconnect;
    public final NewTermHandler newTerm;
    public final SetRetentionHandler setRetention;
    public final SetRetainedBytesHandler setRetainedBytes;
    public final SetQueueLimitsHandler setQueueLimits;
    public final QueueMakerHandler queueMaker;
    public final RelocateHandler relocate;
    public final PayloadUnreadableHandler payloadUnreadable;
    public final WithdrawHandler withdraw;
    public final EndWaitsHandler endWaits;
    public final HandOverHandler handOver;
    public final HandedOverHandler handedOver;
    public final ClockHandler clock;

    public Handlers(PartitionState state, Deadlines deadlines, CommandReplies replies) {
        Lifecycle lifecycle = new Lifecycle(state);
        Grants grants = new Grants(state, lifecycle, replies);
        SubmitPlan plan = new SubmitPlan(state, lifecycle, grants);
        HeldTasks held = new HeldTasks(state, replies);
        DeadSelection selection = new DeadSelection(state, replies);
        submit = new SubmitHandler(state, plan, grants, replies);
        submitBatch = new SubmitBatchHandler(plan, grants, replies);
        cancel = new CancelHandler(held, lifecycle, replies);
        reschedule = new RescheduleHandler(state, grants, replies);
        reserve = new ReserveHandler(state, grants, replies);
        ack = new AckHandler(held, lifecycle, plan, grants, replies);
        nack = new NackHandler(held, lifecycle, grants, replies);
        release = new ReleaseHandler(held, lifecycle, grants, replies);
        extend = new ExtendHandler(state, held, lifecycle, replies);
        progress = new ProgressHandler(held, lifecycle, replies);
        putQueue = new PutQueueHandler(state, replies);
        pauseQueue = new PauseQueueHandler(state, replies);
        noteQueue = new NoteQueueHandler(state, replies);
        resumeQueue = new ResumeQueueHandler(state, grants, replies);
        purgeQueue = new PurgeQueueHandler(state, lifecycle, replies);
        deleteQueue = new DeleteQueueHandler(state, lifecycle, replies);
        dlqReplay = new DlqReplayHandler(selection, lifecycle, grants, replies);
        dlqDiscard = new DlqDiscardHandler(selection, lifecycle, replies);
        tick = new TickHandler(state, deadlines, lifecycle, grants, replies);
        disconnect = new DisconnectHandler(state, lifecycle, grants, replies);
        newTerm = new NewTermHandler(state);
        setRetention = new SetRetentionHandler(state);
        setRetainedBytes = new SetRetainedBytesHandler(state);
        setQueueLimits = new SetQueueLimitsHandler(state);
        queueMaker = new QueueMakerHandler(state);
        relocate = new RelocateHandler(state);
        payloadUnreadable = new PayloadUnreadableHandler(state, lifecycle, replies);
        withdraw = new WithdrawHandler(state, grants, replies);
        endWaits = new EndWaitsHandler(state, grants, replies);
        handOver = new HandOverHandler(state, plan, grants, replies);
        handedOver = new HandedOverHandler(state);
        clock = new ClockHandler(state);
    }
}
