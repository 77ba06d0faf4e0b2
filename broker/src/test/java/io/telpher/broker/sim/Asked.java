package io.telpher.broker.sim;

import io.telpher.protocol.frame.MessageType;
import java.util.List;

/**
 * A request under way.
 *
 * @param sees what its answer has to show, since it was confirmed before it was asked for
 *
 * @param submissions what it submits, nested ones included
 * @param taskId the task it is about, 0 = none
 * @param leaseId the lease it names, 0 = none
 */
record Asked(MessageType type, List<Submission> submissions, long taskId, long leaseId, Sees sees) {
    /** Of a task. */
    enum Sees {
        ANYTHING,
        THAT_IT_IS_THERE,
        THAT_IT_IS_COMPLETED
    }

    static Asked about(MessageType type, long taskId, long leaseId) {
        return new Asked(type, List.of(), taskId, leaseId, Sees.ANYTHING);
    }

    static Asked reads(long taskId, Sees sees) {
        return new Asked(MessageType.GET, List.of(), taskId, 0, sees);
    }

    static Asked submits(MessageType type, List<Submission> submissions) {
        return new Asked(type, submissions, 0, 0, Sees.ANYTHING);
    }
}
