package io.telpher.broker.sim;

import io.telpher.protocol.MessageType;
import java.util.List;

/**
 * A request under way.
 *
 * @param submissions what it submits, nested ones included
 * @param taskId the task it is about, 0 = none
 * @param leaseId the lease it names, 0 = none
 */
record Asked(MessageType type, List<Submission> submissions, long taskId, long leaseId) {
    static Asked about(MessageType type, long taskId, long leaseId) {
        return new Asked(type, List.of(), taskId, leaseId);
    }

    static Asked submits(MessageType type, List<Submission> submissions) {
        return new Asked(type, submissions, 0, 0);
    }
}
