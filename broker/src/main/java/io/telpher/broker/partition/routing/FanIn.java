package io.telpher.broker.partition.routing;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers of several partitions to parts of one question; the thread that brings the last one goes on with all. */
final class FanIn {
    private final ByteBuffer[] answers;
    private final Consumer<List<ByteBuffer>> complete;
    private int asked;
    private int missing;

    /** @param complete takes them in the order of {@link #next} */
    FanIn(int count, Consumer<List<ByteBuffer>> complete) {
        this.answers = new ByteBuffer[count];
        this.missing = count;
        this.complete = complete;
    }

    /** Takes the answer of the next one that is asked. */
    Consumer<ByteBuffer> next() {
        int place = asked++;
        return frame -> {
            if (put(place, frame)) {
                complete.accept(List.of(answers));
            }
        };
    }

    private synchronized boolean put(int place, ByteBuffer frame) {
        answers[place] = frame;
        missing--;
        return missing == 0;
    }

    static @Nullable ByteBuffer firstError(List<ByteBuffer> answers) {
        for (ByteBuffer answer : answers) {
            if (Frame.typeCode(answer, 0) == MessageType.ERROR.code()) {
                return answer;
            }
        }
        return null;
    }
}
