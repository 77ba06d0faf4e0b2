package io.telpher.client;

import java.nio.ByteBuffer;

/** Tells a link's owner of its events, on the event loop. */
interface LinkListener {
    /** Cares for nothing. */
    LinkListener SILENT = new LinkListener() {
        @Override
        public void connected() {}

        @Override
        public void disconnected(String reason) {}

        @Override
        public void pushed(ByteBuffer frame) {}
    };

    void connected();

    /** @param reason in words */
    void disconnected(String reason);

    /** A frame that answers no request. */
    void pushed(ByteBuffer frame);
}
