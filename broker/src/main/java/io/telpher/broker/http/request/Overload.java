package io.telpher.broker.http.request;

import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.partition.routing.PartitionRouter;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;

/**
 * What is refused while more was received than can be taken in. Connections of the binary protocol are left unread before it comes to that; a
 * request over HTTP is read already.
 */
public final class Overload {
    /** An ack is small, and makes room. */
    private static final int SMALL_BYTES = 64 << 10;

    private Overload() {}

    public static void requireRoom(PartitionRouter router, Message message) throws Refusal {
        boolean isWork = message.type() == MessageType.SUBMIT || message.type() == MessageType.SUBMIT_BATCH;
        if ((isWork || message.frameBytes() > SMALL_BYTES) && router.isOverfull()) {
            throw new Refusal(new Problem(ErrorCode.OVERLOADED, "the broker is overloaded"));
        }
    }

    public static Problem noMemory() {
        return new Problem(ErrorCode.OVERLOADED, "the broker has no memory left for large requests");
    }
}
