package io.telpher.broker.http;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections whose requests come in too slowly, on purpose or not: they hold memory and a socket. A connection has 10 s for its first
 * request's headers, 60 s between an answer and the next request's, and for a body 10 s and what it would take at 16 KiB/s. While
 * an answer is under way there is no limit.
 */
final class SlowRequests extends ChannelDuplexHandler {
    private static final long FIRST_MS = 10_000;
    private static final long NEXT_MS = 60_000;
    private static final long BODY_MS = 10_000;
    private static final long BODY_BYTES_PER_MS = 16;

    private int unanswered;
    private boolean inBody;
    private long bodyBytes;
    private long startNanos;
    private boolean first = true;
    private @Nullable Future<?> timer;

    @Override
    public void channelActive(ChannelHandlerContext context) {
        restart(context);
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (timer != null) {
            timer.cancel(false);
        }
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest) {
            unanswered++;
            first = false;
            inBody = true;
            bodyBytes = 0;
            restart(context);
        }
        if (message instanceof HttpContent content) {
            bodyBytes += content.content().readableBytes();
            inBody = inBody && !(message instanceof LastHttpContent);
        }
        context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        // 100 Continue is whole as well, but answers nothing: the body that it asks for is still to come.
        boolean isAnswer = message instanceof LastHttpContent && !isInterim(message);
        if (isAnswer) {
            unanswered = Math.max(0, unanswered - 1);
            restart(context);
        }
        context.write(message, promise);
    }

    private static boolean isInterim(Object message) {
        return message instanceof io.netty.handler.codec.http.HttpResponse response
                && response.status().code() < 200;
    }

    private void restart(ChannelHandlerContext context) {
        startNanos = context.executor().ticker().nanoTime();
        if (timer == null) {
            schedule(context, leftNanos(context));
        }
    }

    /** The timer isn't moved at each request; when it rings too early, it is set anew. */
    private void schedule(ChannelHandlerContext context, long nanos) {
        timer = context.executor().schedule(() -> ring(context), nanos, TimeUnit.NANOSECONDS);
    }

    private void ring(ChannelHandlerContext context) {
        long left = leftNanos(context);
        if (left <= 0) {
            context.close();
        } else {
            schedule(context, left);
        }
    }

    private long leftNanos(ChannelHandlerContext context) {
        long allowedMs;
        if (inBody) {
            allowedMs = BODY_MS + bodyBytes / BODY_BYTES_PER_MS;
        } else if (unanswered > 0) {
            return TimeUnit.MILLISECONDS.toNanos(FIRST_MS); // look again by then
        } else {
            allowedMs = first ? FIRST_MS : NEXT_MS;
        }
        return TimeUnit.MILLISECONDS.toNanos(allowedMs)
                - (context.executor().ticker().nanoTime() - startNanos);
    }
}
