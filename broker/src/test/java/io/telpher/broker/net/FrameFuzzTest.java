package io.telpher.broker.net;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telpher.broker.Held;
import io.telpher.protocol.Limits;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.record.MessageReader;
import io.telpher.testing.HexVector;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/** The frame decoder: whatever structure() accepts, problem() judges, and every accessor reads. */
class FrameFuzzTest {
    private static final Held HELD = new Held(16 << 10, 256);

    static List<byte[]> seeds() throws IOException {
        return HexVector.all().stream().map(HexVector::bytes).toList();
    }

    @MethodSource("seeds")
    @FuzzTest
    void shouldJudgeAndReadAnyFrame(byte[] input) {
        HELD.during(input.length, () -> read(input));
    }

    private static void read(byte[] input) {
        ByteBuffer bytes = ByteBuffer.wrap(input)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asReadOnlyBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
        if (FrameValidator.structure(bytes, 0, input.length) == null) {
            Message message = new MessageReader().read(bytes, 0);
            message.problem(Limits.DEFAULT);
            readAll(message);
        }
    }

    private static void readAll(Object read) {
        for (Method accessor : read.getClass().getMethods()) {
            if (accessor.getParameterCount() == 0
                    && accessor.getDeclaringClass().getPackageName().startsWith("io.telpher.protocol")) {
                follow(call(accessor, read));
            }
        }
    }

    private static void follow(@Nullable Object value) {
        if (value instanceof Elements elements) {
            while (elements.next()) {
                elements.text();
            }
        } else if (value instanceof Frames frames) {
            while (frames.next()) {
                readAll(new MessageReader().read(frames.buffer(), frames.offset()));
            }
        }
    }

    private static @Nullable Object call(Method accessor, Object read) {
        try {
            return accessor.invoke(read);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        } catch (InvocationTargetException e) {
            throw new AssertionError(accessor + " of an accepted frame", e.getCause());
        }
    }
}
