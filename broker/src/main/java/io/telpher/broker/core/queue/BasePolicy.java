package io.telpher.broker.core.queue;

import io.telpher.protocol.queue.QueuePolicyFields;

/** Values of the fields that a queue does not set itself: the policy of {@code default}, over the built-in one. */
public final class BasePolicy {
    private QueuePolicyFields fields = QueuePolicyFields.DEFAULT;
    private int version;

    QueuePolicyFields fields() {
        return fields;
    }

    /** Changes with the fields, so that each queue can tell by itself that its policy is to be put together again: nothing walks them all. */
    int version() {
        return version;
    }

    public void set(QueuePolicyFields ofDefault) {
        fields = ofDefault.over(QueuePolicyFields.DEFAULT);
        version++;
    }
}
