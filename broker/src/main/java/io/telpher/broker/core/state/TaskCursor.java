package io.telpher.broker.core.state;

import io.telpher.protocol.DeadReason;
import io.telpher.protocol.Priority;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;

/** A read view over one task. Whoever hands it out moves it: valid during the call, or until the partition is asked or told something. */
public final class TaskCursor {
    public long taskId() {
        throw new UnsupportedOperationException();
    }

    public TaskState state() {
        throw new UnsupportedOperationException();
    }

    public Priority priority() {
        throw new UnsupportedOperationException();
    }

    public String queue() {
        throw new UnsupportedOperationException();
    }

    public String type() {
        throw new UnsupportedOperationException();
    }

    public int attempts() {
        throw new UnsupportedOperationException();
    }

    public int crashes() {
        throw new UnsupportedOperationException();
    }

    public int replays() {
        throw new UnsupportedOperationException();
    }
    /** The task's own or its queue's. */
    public int maxRetries() {
        throw new UnsupportedOperationException();
    }
    /** The task's own or its queue's. */
    public int visibilityTimeoutMs() {
        throw new UnsupportedOperationException();
    }
    /** Times: milliseconds since 1970, 0 = none. */
    public long createdAtMs() {
        throw new UnsupportedOperationException();
    }

    public long startedAtMs() {
        throw new UnsupportedOperationException();
    }

    public long finishedAtMs() {
        throw new UnsupportedOperationException();
    }

    public long nextRunAtMs() {
        throw new UnsupportedOperationException();
    }

    public long expiresAtMs() {
        throw new UnsupportedOperationException();
    }

    public DeadReason deadReason() {
        throw new UnsupportedOperationException();
    }

    public boolean cancelRequested() {
        throw new UnsupportedOperationException();
    }

    /** Where the SUBMIT frame lies. */
    public long submitLocation() {
        throw new UnsupportedOperationException();
    }
    /** CRC32C of the SUBMIT frame. */
    public int submitCrc() {
        throw new UnsupportedOperationException();
    }
    /** Length of the SUBMIT frame, its length field included. */
    public int submitBytes() {
        throw new UnsupportedOperationException();
    }

    public LastOutcome lastOutcome() {
        throw new UnsupportedOperationException();
    }
    /** Where the NACK or ACK frame lies, see {@link LastOutcome}; meaningless with the others. */
    public long outcomeLocation() {
        throw new UnsupportedOperationException();
    }

    /** The last lease given; 0 = none counts any more. */
    public long leaseId() {
        throw new UnsupportedOperationException();
    }
    /** The following are those of the running attempt, 0 or empty when there is none. */
    public long leaseDeadlineMs() {
        throw new UnsupportedOperationException();
    }

    public int leaseMs() {
        throw new UnsupportedOperationException();
    }
    /** 0 when nobody is connected that holds the lease. */
    public long session() {
        throw new UnsupportedOperationException();
    }

    public String worker() {
        throw new UnsupportedOperationException();
    }
    /** 0-100; 100 when completed. */
    public int progress() {
        throw new UnsupportedOperationException();
    }
    /** True: the PROGRESS frame at {@link #noteLocation} has the note. */
    public boolean hasNote() {
        throw new UnsupportedOperationException();
    }

    public long noteLocation() {
        throw new UnsupportedOperationException();
    }

    /** Fills in everything that needs no reading of frames. */
    public void fill(TaskView view) {
        throw new UnsupportedOperationException();
    }
}
