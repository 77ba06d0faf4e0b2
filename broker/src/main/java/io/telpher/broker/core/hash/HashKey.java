package io.telpher.broker.core.hash;

import java.nio.ByteBuffer;

/**
 * The secret of this partition's hashes, so that a client can't make up names or keys that all fall into one place of a table. The shell draws it at
 * random for a new data directory and journals it with the first NEW_TERM; it belongs to the state from then on, so a replay finds the same hashes.
 */
public final class HashKey {
    private static final long NONE_0 = 0x74656c7068657221L;
    private static final long NONE_1 = 0x6964656d706f7465L;

    private final SipHash hash = new SipHash();
    private long key0 = NONE_0;
    private long key1 = NONE_1;

    /** It was drawn. */
    public boolean isSecret() {
        return key0 != NONE_0 || key1 != NONE_1;
    }

    public void set(long first, long second) {
        key0 = first;
        key1 = second;
    }

    public long key0() {
        return key0;
    }

    public long key1() {
        return key1;
    }

    /** @param bits 64 or 128 */
    public SipHash begin(SipHash with, int bits) {
        return with.begin(bits, key0, key1);
    }

    public long of(ByteBuffer buffer, int offset, int length) {
        return begin(hash, 64).update(buffer, offset, length).end();
    }

    /** The same for an ASCII text that is in memory. */
    public long of(String text) {
        begin(hash, 64);
        for (int i = 0; i < text.length(); i++) {
            hash.update((byte) text.charAt(i));
        }
        return hash.end();
    }
}
