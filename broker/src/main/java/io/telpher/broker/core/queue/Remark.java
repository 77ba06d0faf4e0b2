package io.telpher.broker.core.queue;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.snapshot.BlockReader;
import io.telpher.broker.core.snapshot.BlockWriter;

/**
 * A remark on a queue, for people, with its author and time.
 *
 * @param text empty = nothing was said
 * @param by who it was
 * @param atMs when, as the records are stamped
 */
public record Remark(String text, String by, long atMs) {
    public static final Remark NONE = new Remark("", "", 0);

    /** When, by the wall clock; 0 when nothing was said. */
    long wallMs(long wallOffsetMs) {
        return atMs == 0 ? 0 : atMs + wallOffsetMs;
    }

    int bytes() {
        return BlockWriter.textBytes(text) + BlockWriter.textBytes(by) + Long.BYTES;
    }

    long addTo(long hash) {
        return Mix.add(Mix.add(Mix.add(hash, Mix.text(text)), Mix.text(by)), atMs);
    }

    void write(BlockWriter out) {
        out.text(text).text(by).i64(atMs);
    }

    static Remark read(BlockReader in) {
        return new Remark(in.text(), in.text(), in.i64());
    }
}
