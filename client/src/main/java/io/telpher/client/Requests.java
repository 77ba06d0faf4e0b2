package io.telpher.client;

import io.telpher.protocol.frame.FrameWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the broker over the client's connection, sends again what was cut off and may be, and waits for replies. Every request has an end, by System.nanoTime, and is counted until
 * it is answered. Thread-safe.
 */
final class Requests {
    /** A guard: what ends a request that is cut off again and again is its time. */
    private static final int RESENDS_MAX = 1_000;

    private static final int WRITER_BYTES_KEPT = 64 << 10;
    private static final ThreadLocal<FrameWriter> WRITER = ThreadLocal.withInitial(FrameWriter::new);

    private final Link link;
    private final Callbacks callbacks;
    private final Pending pending = new Pending();
    private final Counts counts;

    Requests(Link link, Callbacks callbacks, Counts counts) {
        this.link = link;
        this.callbacks = callbacks;
        this.counts = counts;
    }

    /**
     * How long the caller of one request waits, and whether also for room in the window.
     *
     * @param endNanos by System.nanoTime
     */
    record Terms(long endNanos, boolean failsWhenFull) {
        static Terms of(Duration timeout, boolean failsWhenFull) {
            return new Terms(Link.endNanos(timeout), failsWhenFull);
        }

        long nanosLeft() {
            return endNanos - System.nanoTime();
        }
    }

    static FrameWriter writer() {
        return WRITER.get().clear();
    }

    /** The request's bytes, valid until this thread writes the next one. A writer left inside a frame is of no more use. */
    static ByteBuffer written(IntFunction<FrameWriter> request, int requestId) {
        boolean whole = false;
        try {
            ByteBuffer frame = request.apply(requestId).written();
            whole = true;
            return frame;
        } finally {
            if (!whole) {
                WRITER.remove();
            }
        }
    }

    /** A frame to keep; its request id is still to be set. */
    static byte[] toBytes(IntFunction<FrameWriter> request) {
        ByteBuffer written = written(request, 0);
        byte[] frame = new byte[written.remaining()];
        written.get(frame);
        shrinkWriter(frame.length);
        return frame;
    }

    /** After a large frame: a thread that wrote one payload of 16 MiB does not keep room for it. */
    static void shrinkWriter(int writtenBytes) {
        if (writtenBytes > WRITER_BYTES_KEPT) {
            WRITER.remove();
        }
    }

    /** Asks once: when the connection is lost, the outcome is unknown. */
    CompletableFuture<ByteBuffer> once(IntFunction<FrameWriter> request, Terms terms) {
        return counted(() -> link.call(request, terms));
    }

    /** Doing it twice is the same as doing it once, so a lost connection means: again. */
    CompletableFuture<ByteBuffer> repeatable(IntFunction<FrameWriter> request, Terms terms) {
        return counted(() -> again(() -> link.call(request, terms), terms, RESENDS_MAX));
    }

    /** The same with a frame that was encoded before. */
    CompletableFuture<ByteBuffer> repeatable(byte[] frame, Terms terms) {
        return counted(() -> again(() -> link.call(frame, terms), terms, RESENDS_MAX));
    }

    private CompletableFuture<ByteBuffer> again(
            Supplier<CompletableFuture<ByteBuffer>> call, Terms terms, int resendsLeft) {
        return call.get().exceptionallyCompose(failure -> {
            boolean lost = failure instanceof ConnectionException connection && connection.isOutcomeUnknown();
            if (!lost || resendsLeft == 0 || terms.nanosLeft() <= 0) {
                return CompletableFuture.failedFuture(failure);
            }
            counts.resent();
            return again(call, terms, resendsLeft - 1);
        });
    }

    /** A {@link #flush} waits for it. */
    private CompletableFuture<ByteBuffer> counted(Supplier<CompletableFuture<ByteBuffer>> call) {
        int counter = pending.began();
        boolean asked = false;
        try {
            CompletableFuture<ByteBuffer> reply = call.get();
            asked = true;
            reply.whenComplete((value, failure) -> ended(counter, failure));
            return reply;
        } finally {
            if (!asked) {
                pending.ended(counter);
            }
        }
    }

    private void ended(int counter, @Nullable Throwable failure) {
        if (failure != null) {
            counts.failed();
        }
        pending.ended(counter);
    }

    /** What the reply says, at a time when dependents may block. */
    <T> CompletableFuture<T> toCaller(CompletableFuture<ByteBuffer> reply, Function<ByteBuffer, T> read) {
        return callbacks.toCaller(reply, read);
    }

    ByteBuffer await(CompletableFuture<ByteBuffer> reply, Terms terms) {
        if (link.loop().inEventLoop()) {
            throw new IllegalStateException("this is the client's own thread, which would wait for itself");
        }
        if (!reply.isDone()) {
            Callbacks.blocks();
        }
        try {
            return reply.get(Math.max(0, terms.nanosLeft()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw unwrapped(e);
        } catch (TimeoutException e) {
            throw new ConnectionException(
                    "no reply from " + link.url() + " within the timeout (" + link.lastFailure()
                            + "); the request may have taken effect",
                    true,
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException(
                    "interrupted while waiting for the reply; the request may have taken effect", true, e);
        }
    }

    static RuntimeException unwrapped(Exception e) {
        if (e.getCause() instanceof TelpherException refusal) {
            // A copy from this thread, so that its stack shows who asked.
            refusal.addSuppressed(new IllegalStateException("asked from here"));
            return refusal;
        }
        return new IllegalStateException(e.getCause());
    }

    boolean flush(Duration timeout) throws InterruptedException {
        Callbacks.blocks();
        return pending.flush(Link.nanos(timeout));
    }
}
