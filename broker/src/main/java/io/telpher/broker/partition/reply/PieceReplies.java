package io.telpher.broker.partition.reply;

import io.telpher.protocol.Problem;

/** Who is answered where the broker itself gives commands, the pieces of what is too much for one record. On the partition's thread. */
public interface PieceReplies {
    /**
     * A piece is applied.
     *
     * @param count tasks that it touched
     */
    void counted(int requestId, long count);

    /** A piece is refused: what it was about is gone. */
    void rejected(int requestId, Problem problem);
}
