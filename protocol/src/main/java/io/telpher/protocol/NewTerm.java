package io.telpher.protocol;

import java.nio.ByteBuffer;

/** NEW_TERM: a broker took over. Sessions of earlier terms are gone, their leases go on. Journal only. */
public final class NewTerm extends Message {
    public NewTerm() {
        super(MessageType.NEW_TERM);
    }

    public NewTerm wrap(ByteBuffer buffer, int offset) {
        bind(buffer, offset);
        return this;
    }

    public static FrameWriter write(FrameWriter out, int requestId, long term, int semanticsVersion) {
        return out.begin(MessageType.NEW_TERM, requestId)
                .i64(term)
                .i32(semanticsVersion)
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
}
