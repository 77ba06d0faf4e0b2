package io.telpher.client;

import java.nio.ByteBuffer;

/** What a link's owner hears of it, on the event loop. */
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

    /** A frame that nobody asked for. */
    void pushed(ByteBuffer frame);
}
