package io.telpher.protocol.record;

import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** NEW_TERM: a broker took over. Sessions of earlier terms are gone, their leases go on. Journal only. */
public final class NewTerm extends Message {
    /** {@link #resumeMs} unless another is said: longer than a client waits between two attempts to connect. */
    public static final int RESUME_MS = 5_000;

    public NewTerm() {
        super(MessageType.NEW_TERM);
    }

    public NewTerm wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long term, int semanticsVersion) {
        return write(out, requestId, term, semanticsVersion, 0);
    }

    /** @param idBlocksLeftOut see {@link #idBlocksLeftOut} */
    public static FrameWriter write(
            FrameWriter out, int requestId, long term, int semanticsVersion, int idBlocksLeftOut) {
        return write(out, requestId, term, semanticsVersion, idBlocksLeftOut, 0, 0);
    }

    /** With a key for the hashes of a partition that has none, see {@link #secretLow}. */
    public static FrameWriter write(
            FrameWriter out,
            int requestId,
            long term,
            int semanticsVersion,
            int idBlocksLeftOut,
            long secretLow,
            long secretHigh) {
        return write(out, requestId, term, semanticsVersion, idBlocksLeftOut, secretLow, secretHigh, RESUME_MS);
    }

    /** @param resumeMs see {@link #resumeMs} */
    public static FrameWriter write(
            FrameWriter out,
            int requestId,
            long term,
            int semanticsVersion,
            int idBlocksLeftOut,
            long secretLow,
            long secretHigh,
            int resumeMs) {
        return out.begin(MessageType.NEW_TERM, requestId)
                .i64(term)
                .i32(semanticsVersion)
                .i32(idBlocksLeftOut)
                .i64(secretLow)
                .i64(secretHigh)
                .i32(resumeMs)
                .pad()
                .end();
    }

    public long term() {
        return i64(0);
    }

    /** Of the decisions that this broker takes. */
    public int semanticsVersion() {
        return i32(8);
    }

    /** Task ids that are not given from here on, in blocks of 1024: they may have been, by records that are lost. 0 but after a salvage. */
    public int idBlocksLeftOut() {
        return i32(12);
    }

    /** Half of the secret that names and keys are hashed with, drawn at random for a new data directory; both 0 = the one that is there. */
    public long secretLow() {
        return i64(16);
    }

    public long secretHigh() {
        return i64(24);
    }

    /** How long the workers of earlier terms have to come back and extend their leases: what ended with their connections is released then. */
    public int resumeMs() {
        return i32(32);
    }
}
