package io.telpher.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.record.MessageReader;
import io.telpher.protocol.task.Submit;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What holds for any task and for any bytes. */
class FramePropertiesTest {
    private static final int CHANGES_MAX = 4;

    private final ValidFrames valid = new ValidFrames();

    record Wanted(
            String queue,
            String type,
            String key,
            Map<String, String> headers,
            byte[] payload,
            Priority priority,
            Retry retry) {}

    record Retry(int maxRetries, Backoff backoff, long baseMs, long capMs, int factorMillis, int jitterPercent) {}

    @Property(tries = 300)
    void shouldReadWhatWasWritten(@ForAll("tasks") Wanted wanted, @ForAll @IntRange(max = 99) int garbageBefore) {
        TaskSpec spec = TaskSpec.type(wanted.type)
                .queue(wanted.queue)
                .idempotencyKey(wanted.key)
                .payload(wanted.payload)
                .priority(wanted.priority)
                .maxRetries(wanted.retry.maxRetries)
                .backoff(
                        wanted.retry.backoff,
                        wanted.retry.baseMs,
                        wanted.retry.capMs,
                        wanted.retry.factorMillis,
                        wanted.retry.jitterPercent);
        wanted.headers.forEach(spec::header);
        byte[] frame = Submit.write(new FrameWriter(1), 7, spec).toBytes();
        byte[] bytes = Bytes.join(new byte[garbageBefore], frame);
        ByteBuffer buffer = DamagedFrames.view(bytes);
        assertNull(FrameValidator.structure(buffer, garbageBefore, frame.length));
        Submit submit = new Submit().wrap(buffer, garbageBefore);
        assertNull(submit.problem(Limits.DEFAULT));
        assertEquals(wanted.queue, submit.queue());
        assertEquals(wanted.type, submit.taskType());
        assertEquals(wanted.key, submit.idempotencyKey());
        assertEquals(wanted.headers, submit.headers());
        assertArrayEquals(wanted.payload, submit.payload());
        assertEquals(wanted.priority, submit.priority());
        assertEquals(
                wanted.retry,
                new Retry(
                        submit.maxRetries(),
                        submit.backoff(),
                        submit.baseMs(),
                        submit.capMs(),
                        submit.factorMillis(),
                        submit.jitterPercent()));
    }

    @Property(tries = 2000)
    void shouldNeverThrowOnRandomBytes(@ForAll @Size(max = 200) byte[] bytes) throws ReflectiveOperationException {
        judgeAndReadAll(bytes);
    }

    @Property(tries = 2000)
    void shouldNeverThrowOnABodyOfRandomBytes(
            @ForAll MessageType type, @ForAll @Size(max = 300) byte[] body, @ForAll boolean fieldsAddUp)
            throws ReflectiveOperationException {
        byte[] frame = Bytes.join(new byte[Frame.HEADER_BYTES], new byte[type.blockLength()], body);
        if (fieldsAddUp) {
            byte[] rest = valid.least(type);
            frame = rest;
            for (int i = 0; i < Math.min(body.length, type.blockLength()); i++) {
                frame[Frame.HEADER_BYTES + i] = body[i];
            }
        }
        frame[Frame.TYPE_OFFSET] = (byte) type.code();
        frame[Frame.VERSION_OFFSET] = Frame.VERSION;
        judgeAndReadAll(
                DamagedFrames.sized(DamagedFrames.with(frame, Frame.BLOCK_LENGTH_OFFSET, (short) type.blockLength())));
    }

    @Property(tries = 5000)
    void shouldNeverThrowOnAChangedFrame(@ForAll MessageType type, @ForAll long seed)
            throws ReflectiveOperationException {
        Random random = new Random(seed);
        byte[] frame = random.nextBoolean() ? valid.least(type) : valid.most(type);
        for (int i = random.nextInt(CHANGES_MAX); i >= 0; i--) {
            int offset = Frame.VERSION_OFFSET + 1 + random.nextInt(frame.length - Frame.VERSION_OFFSET - 1);
            frame[offset] = switch (random.nextInt(4)) {
                case 0 -> (byte) (frame[offset] + 1);
                case 1 -> (byte) (frame[offset] - 1);
                case 2 -> (byte) (frame[offset] ^ 1 << random.nextInt(Byte.SIZE));
                default -> (byte) random.nextInt();
            };
        }
        judgeAndReadAll(frame);
    }

    /** Whatever structure() accepts, problem() judges and every accessor reads, whether the contents are right or not. */
    private static void judgeAndReadAll(byte[] frame) throws ReflectiveOperationException {
        ByteBuffer buffer = DamagedFrames.view(frame);
        if (FrameValidator.structure(buffer, 0, frame.length) == null) {
            Message message = new MessageReader().read(buffer, 0);
            message.problem(Limits.DEFAULT);
            Described.json(message);
        }
    }

    @Provide
    Arbitrary<Wanted> tasks() {
        Arbitrary<String> names = Arbitraries.strings()
                .withChars("AZaz09._-")
                .ofMinLength(1)
                .ofMaxLength(QueueName.CHARS_MAX)
                .filter(QueueName::isValid);
        Arbitrary<String> texts =
                Arbitraries.strings().withCharRange(' ', '\u07ff').ofMaxLength(80);
        Arbitrary<Map<String, String>> headers =
                Arbitraries.maps(texts, texts).ofMaxSize(20).map(LinkedHashMap::new);
        Arbitrary<byte[]> payloads = Arbitraries.bytes().array(byte[].class).ofMaxSize(5000);
        return Combinators.combine(names, names, texts, headers, payloads, Arbitraries.of(Priority.values()), retries())
                .as(Wanted::new);
    }

    private static Arbitrary<Retry> retries() {
        return Combinators.combine(
                        Arbitraries.integers().between(TaskSpec.INHERIT, Limits.RETRIES_MAX),
                        Arbitraries.of(Backoff.values()),
                        Arbitraries.longs().between(TaskSpec.INHERIT, Limits.BACKOFF_MS_MAX),
                        Arbitraries.longs().between(TaskSpec.INHERIT, Limits.BACKOFF_MS_MAX),
                        Arbitraries.integers().between(Limits.FACTOR_MILLIS_MIN, Limits.FACTOR_MILLIS_MAX),
                        Arbitraries.oneOf(
                                Arbitraries.integers().between(0, 100), Arbitraries.just(Submit.JITTER_INHERIT)))
                .as(Retry::new);
    }
}
