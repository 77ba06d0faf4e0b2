package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.command.DiscardingOutbox;
import io.telpher.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Keeps why a record was refused; drops the other replies. */
final class LastRejection extends DiscardingOutbox {
    private @Nullable String last;

    void clear() {
        last = null;
    }

    @Nullable
    String last() {
        return last;
    }

    @Override
    public void rejected(long session, int requestId, ErrorCode code, String message) {
        last = code.name();
    }
}
