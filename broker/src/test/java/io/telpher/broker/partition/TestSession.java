package io.telpher.broker.partition;

import io.netty.buffer.ByteBuf;
import io.telpher.broker.partition.session.Session;

/** A connection of a test's own, whose replies are dropped unless it looks at them. */
public class TestSession extends Session {
    public TestSession(long id) {
        super(id);
    }

    @Override
    public final String address() {
        return "here";
    }

    @Override
    public final String clientName() {
        return "test";
    }

    @Override
    public final long connectedAtMs() {
        return 0;
    }

    @Override
    public void send(ByteBuf frames) {
        frames.release();
    }

    @Override
    public void taken() {}
}
