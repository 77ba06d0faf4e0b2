package io.telpher.broker.core.image;

import io.telpher.broker.core.state.HandOvers;
import io.telpher.broker.core.state.PartitionState;
import io.telpher.broker.core.state.TaskCursor;
import io.telpher.protocol.record.Relocate;

/** Which frames of the journal tasks still need: all that may be delivered or shown, but not the payloads of tasks that are over. */
public final class NeededFrames {
    /** {@link #show} when there is nothing behind. */
    public static final long END = -1;

    /** Told of each frame. */
    public interface Visitor {
        /** @param bytes of the frame, about */
        void frame(long taskId, Relocate.Part part, long location, int bytes);
    }

    /** Told of each frame that belongs to no task. */
    public interface LocationVisitor {
        void frame(long location, int bytes);
    }

    /** Notes are short, and few: only running attempts have one. */
    private static final int NOTE_BYTES = 256;

    private final PartitionState state;
    private final TaskCursor task;

    public NeededFrames(PartitionState state) {
        this.state = state;
        this.task = state.newCursor();
    }

    /**
     * Shows the frames of at most {@code rows} tasks from this sequence on.
     *
     * @return the sequence to go on with; {@link #END} at the end
     */
    public long show(long fromSequence, int rows, Visitor each) {
        long sequence = fromSequence - 1;
        for (int i = 0; i < rows; i++) {
            sequence = state.nextPresent(sequence);
            if (sequence > state.lastSequence()) {
                return END;
            }
            if (task.moveTo(sequence)) {
                show(each);
            }
        }
        return sequence + 1;
    }

    /** Frames that hold tasks owed to other partitions; no task has a copy of them. */
    public void showOwed(LocationVisitor each) {
        for (HandOvers.Owed owed : state.handOvers().owed()) {
            each.frame(owed.location(), owed.bytes());
        }
    }

    private void show(Visitor each) {
        if (task.isSubmitNeeded()) {
            each.frame(task.taskId(), Relocate.Part.SUBMIT, task.submitLocation(), task.submitBytes());
        }
        if (task.outcomeLocation() != TaskCursor.NO_FRAME) {
            each.frame(task.taskId(), Relocate.Part.OUTCOME, task.outcomeLocation(), task.outcomeBytes());
        }
        if (task.hasNote()) {
            each.frame(task.taskId(), Relocate.Part.NOTE, task.noteLocation(), NOTE_BYTES);
        }
    }
}
