package io.telpher.broker;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.partition.Session;

/** What the broker itself says while it runs; nobody waits for the answers. */
final class OwnSession extends Session {
    OwnSession() {
        super(OWN_ID);
    }

    @Override
    public String address() {
        return "";
    }

    @Override
    public String clientName() {
        return "broker";
    }

    @Override
    public long connectedAtMs() {
        return 0;
    }

    @Override
    protected void send(ByteBuf replies) {
        replies.release();
    }

    @Override
    protected void taken() {}
}
