package io.telpher.broker.partition.answer;

import io.telpher.broker.partition.query.Scan;
import io.telpher.broker.partition.session.Session;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The table of queries, by {@link MessageType#code}: what is answered has one row, which answers at once or in pieces. */
final class QueryTable {
    /** Of one answer at once: some of them are as much as a piece of a long one. */
    private static final int LOOKS_OF_ONE = 1_000;

    /** Answers within a moment. */
    interface AtOnce {
        void answer(Session asker, ByteBuffer frame);
    }

    /** Walks a line, or reads much: answers piece by piece. */
    interface InPieces {
        Scan scan(Session asker, ByteBuffer frame);
    }

    private final @Nullable AtOnce[] atOnce = new AtOnce[MessageType.CODES];
    private final @Nullable InPieces[] inPieces = new InPieces[MessageType.CODES];

    void on(MessageType type, AtOnce answer) {
        atOnce[type.code()] = answer;
    }

    void inPieces(MessageType type, InPieces answer) {
        inPieces[type.code()] = answer;
    }

    /** A look that is bounded by itself, but not short: only some of them fit into a duty cycle. */
    void inItsTurn(MessageType type, AtOnce answer) {
        inPieces(type, (asker, frame) -> budget -> {
            answer.answer(asker, frame);
            budget.spend(LOOKS_OF_ONE, 0);
            return true;
        });
    }

    boolean has(MessageType type) {
        return atOnce[type.code()] != null || inPieces[type.code()] != null;
    }

    /** Null when it is not answered at once. */
    @Nullable
    AtOnce atOnce(int code) {
        return atOnce[code];
    }

    /** Null when it is not answered in pieces. */
    @Nullable
    InPieces inPieces(int code) {
        return inPieces[code];
    }
}
