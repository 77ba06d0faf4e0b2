package io.telpher.broker.cluster;

import io.telpher.broker.journal.AgreedLog;
import java.nio.ByteBuffer;

/** With whom nothing can be agreed on. */
final class Nobody implements AgreedLog.Agreement {
    @Override
    public void propose(long mandate, ByteBuffer entry) {
        throw new IllegalStateException("a proposal");
    }

    @Override
    public void prove(long mandate, long term, long number) {
        throw new IllegalStateException("a proof");
    }

    @Override
    public void resign() {
        throw new IllegalStateException("it resigns");
    }
}
