package io.telpher.benchmarks.rivals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Redis' protocol (RESP 2) for many connections: XADD; XREADGROUP, then XACK and XDEL in one pipeline. */
final class RedisTalks implements Talk.Language {
    private static final int REQUEST_BYTES_MAX = 1 << 16;
    private static final byte[] END = ascii("\r\n");

    /** In the answer to XREADGROUP, of its texts: the stream, an entry's id, a field, its value. */
    private static final int ENTRY_ID = 1;

    private static final int ENTRY_VALUE = 3;

    private final int port;
    private final byte[] stream;
    private final byte[] group;
    private final ByteBuffer out = ByteBuffer.allocate(REQUEST_BYTES_MAX);
    private int consumers;

    RedisTalks(int port, byte[] stream, byte[] group) {
        this.port = port;
        this.stream = stream;
        this.group = group;
    }

    @Override
    public int port() {
        return port;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Behind what is in the buffer. */
    private void command(byte[]... words) {
        out.put(ascii("*" + words.length)).put(END);
        for (byte[] word : words) {
            out.put(ascii("$" + word.length)).put(END).put(word).put(END);
        }
    }

    /** Behind the line that begins there; -1 = its end is not there. */
    private static int lineEnd(ByteBuffer in, int from) {
        for (int at = from; at + 1 < in.limit(); at++) {
            if (in.get(at) == '\r') {
                return at + END.length;
            }
        }
        return -1;
    }

    private static int number(ByteBuffer in, int from, int lineEnd) {
        int number = 0;
        boolean isNegative = in.get(from) == '-';
        for (int at = isNegative ? from + 1 : from; at < lineEnd - END.length; at++) {
            number = 10 * number + in.get(at) - '0';
        }
        return isNegative ? -number : number;
    }

    /**
     * Where the value that begins there ends; -1 = not all of it is there.
     *
     * @param texts gets those in it
     */
    private static int valueEnd(ByteBuffer in, int from, @Nullable List<byte[]> texts) {
        int end = lineEnd(in, from);
        if (end < 0) {
            return -1;
        }
        switch (in.get(from)) {
            case '-' -> throw new IllegalStateException(new String(bytes(in, from, end), StandardCharsets.US_ASCII));
            case '$' -> {
                int length = number(in, from + 1, end);
                if (length < 0) {
                    return end;
                }
                if (in.limit() - end < length + END.length) {
                    return -1;
                }
                if (texts != null) {
                    texts.add(bytes(in, end, end + length));
                }
                return end + length + END.length;
            }
            case '*' -> {
                int count = number(in, from + 1, end);
                for (int i = 0; i < count && end >= 0; i++) {
                    end = valueEnd(in, end, texts);
                }
                return end;
            }
            default -> {
                return end;
            }
        }
    }

    private static byte[] bytes(ByteBuffer in, int from, int to) {
        byte[] bytes = new byte[to - from];
        in.get(from, bytes);
        return bytes;
    }

    @Override
    public Talk producer(Talk.Confirms confirms) {
        byte[] xadd = ascii("XADD");
        byte[] any = ascii("*");
        byte[] field = ascii("payload");
        return new Talk() {
            private long submittedNanos;

            @Override
            public int answerEnd(ByteBuffer received) {
                return valueEnd(received, received.position(), null);
            }

            @Override
            public @Nullable ByteBuffer next(ByteBuffer answer) {
                if (answer.hasRemaining()) {
                    confirms.confirmed(submittedNanos);
                }
                if (!confirms.hasRoom()) {
                    return null;
                }
                submittedNanos = System.nanoTime();
                out.clear();
                command(xadd, stream, any, field, confirms.payload(submittedNanos));
                return out.flip();
            }
        };
    }

    private ByteBuffer readOne(String consumer) {
        command(
                ascii("XREADGROUP"),
                ascii("GROUP"),
                group,
                ascii(consumer),
                ascii("COUNT"),
                ascii("1"),
                ascii("BLOCK"),
                ascii(String.valueOf(PullDriver.WAIT_MS)),
                ascii("STREAMS"),
                stream,
                ascii(">"));
        ByteBuffer kept = ByteBuffer.allocate(out.flip().remaining()).put(out).flip();
        out.clear();
        return kept;
    }

    @Override
    public Talk worker(Driver.Sink sink) {
        ByteBuffer readOne = readOne("worker-" + ++consumers);
        byte[] xack = ascii("XACK");
        byte[] xdel = ascii("XDEL");
        return new Talk() {
            private boolean acknowledges;

            @Override
            public int answerEnd(ByteBuffer received) {
                int end = valueEnd(received, received.position(), null);
                return end >= 0 && acknowledges ? valueEnd(received, end, null) : end;
            }

            @Override
            public ByteBuffer next(ByteBuffer answer) throws IOException {
                if (acknowledges) {
                    if (answer.get(answer.position() + 1) != '1') {
                        throw new IOException("expected one task to be acknowledged");
                    }
                    acknowledges = false;
                    sink.done(1);
                    return readOne.duplicate();
                }
                List<byte[]> texts = new ArrayList<>(ENTRY_VALUE + 1);
                if (answer.hasRemaining()) {
                    valueEnd(answer, answer.position(), texts);
                }
                if (texts.isEmpty()) {
                    return readOne.duplicate();
                }
                sink.started(texts.get(ENTRY_VALUE));
                acknowledges = true;
                byte[] id = texts.get(ENTRY_ID);
                out.clear();
                command(xack, stream, group, id);
                command(xdel, stream, id);
                return out.flip();
            }
        };
    }
}
