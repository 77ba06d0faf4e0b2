package io.telpher.broker.partition.reply;

import io.telpher.broker.core.command.BatchOutcome;
import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.record.HandOver;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The other partitions as one partition's thread sees them. Tasks that a batch or an acknowledgement has for them are handed over after its
 * record is durable, as a HAND_OVER that the other one journals; when that is durable too, the ids come back.
 */
public final class Peers {
    /** Another partition. */
    public interface Peer {
        /**
         * Runs it on that partition's thread, in the order of these calls. Any thread.
         *
         * @param bytes that it keeps meanwhile
         */
        void execute(Runnable task, int bytes);

        /** Another partition's HAND_OVER. On its thread. */
        void takeOver(byte[] handOver);

        /** Another partition has what this one handed over, as these tasks; none when it told so before. On its thread. */
        void handedOver(long number, TransferredTasks tasks);

        /** To look again whether all is settled. Any thread. */
        void journalAdvanced();
    }

    private final int self;
    private final List<? extends Peer> agents;
    private final AtomicInteger underWay;
    private final FrameWriter handOver = new FrameWriter();

    /**
     * @param agents all of them, by the number of their partition
     * @param underWay hand-overs of all partitions that were told and not confirmed
     */
    public Peers(int self, List<? extends Peer> agents, AtomicInteger underWay) {
        this.self = self;
        this.agents = agents;
        this.underWay = underWay;
    }

    /** @param frame offset of the ACK or SUBMIT_BATCH that holds the tasks */
    public void tell(long number, int target, long maker, ByteBuffer frames, int frame) {
        HandOver.begin(handOver.clear(), self, number, maker);
        Frames tasks = tasksOf(frames, frame);
        Submit submit = new Submit();
        while (tasks.next()) {
            submit.wrap(tasks.buffer(), tasks.offset());
            if (placeOf(submit) == target) {
                int bytes = submit.frameBytes();
                handOver.raw(frames.duplicate().limit(tasks.offset() + bytes).position(tasks.offset()));
            }
        }
        byte[] told = handOver.endVar().end().toBytes();
        underWay.incrementAndGet();
        Peer agent = agents.get(target);
        agent.execute(() -> agent.takeOver(told), told.length);
    }

    /** Of an ACK or SUBMIT_BATCH. */
    public static Frames tasksOf(ByteBuffer frames, int frame) {
        return Frame.typeCode(frames, frame) == MessageType.ACK.code()
                ? new Ack().wrap(frames, frame).followUps()
                : new SubmitBatch().wrap(frames, frame).tasks();
    }

    private int placeOf(Submit submit) {
        return Placement.of(submit.buffer(), submit.queueOffset(), submit.queueLength(), agents.size());
    }

    /** Tells the partition that handed over what became of its tasks. */
    void confirm(int source, long number, BatchOutcome outcome) {
        TransferredTasks tasks = TransferredTasks.of(outcome);
        Peer agent = agents.get(source);
        agent.execute(
                () -> {
                    agent.handedOver(number, tasks);
                    if (underWay.decrementAndGet() == 0) {
                        agents.forEach(Peer::journalAdvanced); // who stops waits for it
                    }
                },
                tasks.count() * BatchSubmitted.ENTRY_BYTES);
    }

    /** No partition waits for another. */
    public boolean areSettled() {
        return underWay.get() == 0;
    }
}
