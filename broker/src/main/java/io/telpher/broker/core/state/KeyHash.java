package io.telpher.broker.core.state;

import io.telpher.protocol.Frame;
import io.telpher.protocol.Submit;
import java.nio.ByteBuffer;

/** The hashes of a submit's idempotency key and of its content. Reused. */
public final class KeyHash {
    private static final int TYPE_TO_BLOCK_BYTES = 4;

    private final SipHash hash = new SipHash();
    /** Of the queue's name, a zero byte and the key. */
    public long high;

    public long low;
    /** Of the whole frame but its length and request id: those differ when the same submit is sent again. */
    public long content;

    public void of(Submit submit, HashKey secret) {
        ByteBuffer buffer = submit.buffer();
        low = secret.begin(hash, 128)
                .update(buffer, submit.queueOffset(), submit.queueLength())
                .update((byte) 0)
                .update(buffer, submit.idempotencyKeyOffset(), submit.idempotencyKeyLength())
                .end();
        high = hash.high();
        int start = submit.frameOffset();
        content = secret.begin(hash, 64)
                .update(buffer, start + Frame.LENGTH_BYTES, TYPE_TO_BLOCK_BYTES)
                .update(buffer, start + Frame.HEADER_BYTES, submit.frameBytes() - Frame.HEADER_BYTES)
                .end();
    }
}
