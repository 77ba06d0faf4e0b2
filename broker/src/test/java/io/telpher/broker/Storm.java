package io.telpher.broker;

import io.telpher.broker.http.RawHttp;
import io.telpher.broker.net.RawConnection;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Submit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Clients that all submit as fast as they can, without waiting for answers, and what they were answered. */
record Storm(long confirmed, long refused) {
    private static final int HTTP_OVERLOADED = 503;

    /** @param count submits of each client */
    record Submits(String queue, int count, int payloadBytes) {}

    private interface Part {
        void run() throws IOException;
    }

    private static CompletableFuture<Void> start(Part part) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                part.run();
                done.complete(null);
            } catch (IOException | RuntimeException | AssertionError e) {
                done.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    /** Over the binary protocol. */
    static Storm ofFrames(int port, int clients, Submits submits) throws IOException {
        AtomicLong confirmed = new AtomicLong();
        AtomicLong refused = new AtomicLong();
        List<RawConnection> connections = new ArrayList<>();
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        try {
            for (int i = 0; i < clients; i++) {
                RawConnection connection = RawConnection.welcomed(port);
                connections.add(connection);
                parts.add(start(() -> sendFrames(connection, submits)));
                parts.add(start(() -> {
                    for (int n = 0; n < submits.count(); n++) {
                        (isConfirmed(connection.next()) ? confirmed : refused).incrementAndGet();
                    }
                }));
            }
            CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).join();
        } finally {
            for (RawConnection connection : connections) {
                connection.close();
            }
        }
        return new Storm(confirmed.get(), refused.get());
    }

    private static void sendFrames(RawConnection connection, Submits submits) throws IOException {
        TaskSpec task = TaskSpec.type("t").queue(submits.queue()).payload(new byte[submits.payloadBytes()]);
        FrameWriter out = new FrameWriter();
        for (int i = 1; i <= submits.count(); i++) {
            connection.send(Submit.write(out.clear(), i, task).toBytes());
        }
    }

    private static boolean isConfirmed(@Nullable ByteBuffer reply) {
        ByteBuffer frame = Objects.requireNonNull(reply, "the broker hung up");
        if (RawConnection.type(frame) == MessageType.SUBMITTED) {
            return true;
        }
        ErrorReply error = new ErrorReply().wrap(frame, 0);
        if (error.code() != ErrorCode.OVERLOADED || error.retryAfterMs() == 0) {
            throw new AssertionError(error.code() + " " + error.message());
        }
        return false;
    }

    /** Over HTTP, pipelined. */
    static Storm ofRequests(int port, int clients, Submits submits) {
        AtomicLong confirmed = new AtomicLong();
        AtomicLong refused = new AtomicLong();
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            parts.add(start(() -> {
                try (RawHttp connection = new RawHttp(port)) {
                    CompletableFuture<Void> sent = start(() -> sendRequests(connection, submits));
                    for (int n = 0; n < submits.count(); n++) {
                        (isConfirmed(connection.response()) ? confirmed : refused).incrementAndGet();
                    }
                    sent.join();
                }
            }));
        }
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).join();
        return new Storm(confirmed.get(), refused.get());
    }

    private static void sendRequests(RawHttp connection, Submits submits) throws IOException {
        String body = "{\"type\":\"t\",\"queue\":\"" + submits.queue() + "\",\"payload\":\""
                + "p".repeat(submits.payloadBytes()) + "\"}";
        String request = "POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        for (int i = 0; i < submits.count(); i++) {
            connection.send(request);
        }
    }

    private static boolean isConfirmed(RawHttp.Response response) {
        if (response.status() == HTTP_OVERLOADED
                && !response.field("retry-after").isEmpty()) {
            return false;
        }
        if (response.status() != 202) {
            throw new UncheckedIOException(new IOException(response.toString()));
        }
        return true;
    }
}
