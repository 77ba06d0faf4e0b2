package io.telpher.broker.partition.session;

import io.telpher.protocol.frame.MessageType;

/** A session's rights on queues. The edges ask about queues that a request names, the partition about those that tasks belong to. */
@FunctionalInterface
public interface Rights {
    /** Of every session, where no tokens are configured. */
    Rights ALL = (type, queue) -> true;

    /** Of a session whose token or certificate counts no more. */
    Rights NONE = (type, queue) -> false;

    /** Any thread. */
    boolean allow(MessageType type, String queue);
}
