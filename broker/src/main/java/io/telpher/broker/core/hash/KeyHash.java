package io.telpher.broker.core.hash;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;

/** The hashes of a submit's idempotency key and of its content. Reused. */
public final class KeyHash {
    private final SipHash hash = new SipHash();
    /** Of the queue's name, a zero byte and the key. */
    public long high;

    public long low;
    /**
     * Of what the submit says, but when it is to run and to expire ({@link Submit#TIMES_OFFSET}, {@link Submit#expiresInMs}): a producer that repeats it
     * later counts those from later on.
     */
    public long content;

    public void of(Submit submit, HashKey secret) {
        ByteBuffer buffer = submit.buffer();
        low = secret.begin(hash, 128)
                .update(buffer, submit.queueOffset(), submit.queueLength())
                .update((byte) 0)
                .update(buffer, submit.idempotencyKeyOffset(), submit.idempotencyKeyLength())
                .end();
        high = hash.high();
        int block = submit.frameOffset() + Frame.HEADER_BYTES;
        int behind = block + Submit.TIMES_OFFSET + Submit.TIMES_BYTES;
        int rest = submit.queueOffset() - Frame.LENGTH_BYTES;
        content = secret.begin(hash, 64)
                .update(buffer, block, Submit.TIMES_OFFSET)
                .update(buffer, behind, block + Submit.EXPIRES_IN_OFFSET - behind)
                .update(buffer, rest, submit.frameOffset() + submit.frameBytes() - rest)
                .end();
    }
}
