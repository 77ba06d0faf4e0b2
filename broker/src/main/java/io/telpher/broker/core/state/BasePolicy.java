package io.telpher.broker.core.state;

import io.telpher.protocol.QueuePolicyFields;

/** What holds for every queue in the fields that were not set for itself: the own policy of {@code default}, over what is built in. */
final class BasePolicy {
    private QueuePolicyFields fields = QueuePolicyFields.DEFAULT;
    private int version;

    QueuePolicyFields fields() {
        return fields;
    }

    /** Changes with the fields, so that each queue can tell by itself that its policy is to be put together again: nothing walks them all. */
    int version() {
        return version;
    }

    void set(QueuePolicyFields ofDefault) {
        fields = ofDefault.over(QueuePolicyFields.DEFAULT);
        version++;
    }
}
