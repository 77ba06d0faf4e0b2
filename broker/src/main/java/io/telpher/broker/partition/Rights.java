package io.telpher.broker.partition;

import io.telpher.protocol.MessageType;

/** What a session may do to a queue. The edges ask about queues that a request names, the partition about those that tasks belong to. */
@FunctionalInterface
public interface Rights {
    /** Where nobody asks who is there. */
    Rights ALL = (type, queue) -> true;

    /** Of a session whose token or certificate counts no more. */
    Rights NONE = (type, queue) -> false;

    /** Any thread. */
    boolean allow(MessageType type, String queue);
}
