package io.telpher.benchmarks.rivals;

import io.telpher.protocol.Result;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The binary protocol for many connections. */
final class TelpherTalks implements Talk.Language {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int WELCOME_BYTES_MAX = 1 << 12;
    private static final List<String> QUEUES = List.of(TelpherBroker.QUEUE);
    private static final Reserve.Wants ONE = new Reserve.Wants(1, (int) PullDriver.WAIT_MS, 0, "benchmark");

    private final int port;
    private final FrameWriter writer = new FrameWriter();

    TelpherTalks(int port) {
        this.port = port;
    }

    @Override
    public int port() {
        return port;
    }

    /** As a broker takes only so many connections that have not said HELLO, each does before the next one is made. */
    @Override
    public void greet(SocketChannel fresh) throws IOException {
        fresh.write(Hello.write(writer.clear(), 0, "", "benchmark").written());
        ByteBuffer welcome = ByteBuffer.allocate(WELCOME_BYTES_MAX);
        do {
            if (fresh.read(welcome) < 0) {
                throw new IOException("the broker has closed a connection instead of saying WELCOME");
            }
        } while (frameEnd(welcome.duplicate().flip()) < 0);
        requireNoError(welcome.flip());
    }

    private static int frameEnd(ByteBuffer received) {
        received.order(ByteOrder.LITTLE_ENDIAN);
        if (received.remaining() < Frame.LENGTH_BYTES) {
            return -1;
        }
        long bytes = Frame.bytes(received, received.position());
        return received.remaining() < bytes ? -1 : (int) (received.position() + bytes);
    }

    private static void requireNoError(ByteBuffer answer) throws IOException {
        answer.order(ByteOrder.LITTLE_ENDIAN);
        if (Frame.typeCode(answer, answer.position()) == MessageType.ERROR.code()) {
            throw new IOException(
                    new ErrorReply().wrap(answer, answer.position()).message());
        }
    }

    private abstract static class Client implements Talk {
        private int requests;

        abstract @Nullable FrameWriter request(ByteBuffer answer) throws IOException;

        final int nextId() {
            return ++requests;
        }

        @Override
        public int answerEnd(ByteBuffer received) {
            return frameEnd(received);
        }

        @Override
        public @Nullable ByteBuffer next(ByteBuffer answer) throws IOException {
            if (answer.hasRemaining()) {
                requireNoError(answer);
                if (Frame.requestId(answer, answer.position()) != requests) {
                    return NOTHING; // what the broker says by itself
                }
            }
            FrameWriter request = request(answer);
            return request == null ? null : request.written();
        }
    }

    @Override
    public Talk producer(Talk.Confirms confirms) {
        return new Client() {
            private long submittedNanos;

            @Override
            @Nullable
            FrameWriter request(ByteBuffer answer) {
                if (answer.hasRemaining()) {
                    confirms.confirmed(submittedNanos);
                }
                if (!confirms.hasRoom()) {
                    return null;
                }
                submittedNanos = System.nanoTime();
                byte[] payload = confirms.payload(submittedNanos);
                return Submit.write(writer.clear(), nextId(), TelpherClient.task(payload));
            }
        };
    }

    @Override
    public Talk worker(Driver.Sink sink) {
        return new Client() {
            private boolean reserves;
            private boolean acknowledges;

            @Override
            FrameWriter request(ByteBuffer answer) {
                if (reserves) {
                    Delivery delivery =
                            new Deliveries().wrap(answer, answer.position()).first();
                    if (delivery.next()) {
                        sink.started(delivery.submit().payload());
                        reserves = false;
                        acknowledges = true;
                        return Ack.write(
                                writer.clear(), nextId(), delivery.taskId(), delivery.leaseId(), Result.NONE, NOTHING);
                    }
                } else if (acknowledges) {
                    sink.done(1);
                }
                reserves = true;
                return Reserve.write(writer.clear(), nextId(), ONE, QUEUES);
            }
        };
    }
}
