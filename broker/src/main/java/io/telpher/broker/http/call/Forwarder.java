package io.telpher.broker.http.call;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.telpher.broker.cluster.forward.ForwardedCall;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.http.request.Overload;
import io.telpher.broker.memory.BufferRoom;
import io.telpher.broker.memory.ClusterHeap;
import io.telpher.broker.partition.LeaderGate;
import io.telpher.broker.partition.session.Shares;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes requests from a node that does not lead to the one that does, one hop at most: what was forwarded is never forwarded again. While no node says that it leads, it asks
 * again for a while; a request that was sent is never sent again here, since it may have taken effect. Any thread.
 */
public final class Forwarder {
    /** Between changes of leaders. */
    private static final long LEADER_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

    private static final long AGAIN_MS = 50;

    /** Of a message of the node link, less its head. */
    private static final int MESSAGE_BYTES_MAX = 60 << 20;

    /** Of requests under way, all together. */
    private static final long BYTES_MAX = ClusterHeap.ofProcess().forwardedBytes();

    private final ClusterControl cluster;
    private final Shares shares;
    private final BufferRoom room = new BufferRoom(BYTES_MAX);

    private Forwarder(ClusterControl cluster, Shares shares) {
        this.cluster = cluster;
        this.shares = shares;
    }

    /** Null without a cluster. */
    public static @Nullable Forwarder of(@Nullable ClusterControl cluster, Shares shares) {
        return cluster == null ? null : new Forwarder(cluster, shares);
    }

    /**
     * Begins to forward a request.
     *
     * @param principal in whose name it counts
     * @param answered told once, on the connection's event loop, unless it was said to be {@link Call#gone}
     */
    public Call forward(
            ChannelHandlerContext context,
            FullHttpRequest http,
            String principal,
            LeaderGate gate,
            Consumer<Answer> answered)
            throws Refusal {
        byte[] message = ForwardedMessage.request(
                http, (InetSocketAddress) context.channel().remoteAddress());
        if (message.length > MESSAGE_BYTES_MAX) {
            throw new Refusal(new Problem(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "a request to a node that does not lead has at most " + MESSAGE_BYTES_MAX + " bytes, this one "
                            + message.length));
        }
        if (!room.take(message.length)) {
            throw new Refusal(Overload.noMemory());
        }
        String tooMany = shares.take(principal);
        if (tooMany != null) {
            room.giveBack(message.length);
            throw new Refusal(new Problem(ErrorCode.OVERLOADED, tooMany));
        }
        boolean isRead = http.method().equals(HttpMethod.GET) || http.method().equals(HttpMethod.HEAD);
        Call call = new Call(context, message, principal, gate, isRead, answered);
        call.ask();
        return call;
    }

    /** One request under way. Belongs to its connection's event loop. */
    public final class Call {
        private final ChannelHandlerContext context;
        private final byte[] message;
        private final String principal;
        private final LeaderGate gate;
        private final boolean isRead;
        private final Consumer<Answer> answered;
        private final long untilNanos;
        private ForwardedCall call = ForwardedCall.OVER;
        private boolean hasSaidAll;
        private boolean isOver;

        private Call(
                ChannelHandlerContext context,
                byte[] message,
                String principal,
                LeaderGate gate,
                boolean isRead,
                Consumer<Answer> answered) {
            this.context = context;
            this.message = message;
            this.principal = principal;
            this.gate = gate;
            this.isRead = isRead;
            this.answered = answered;
            this.untilNanos = nowNanos() + LEADER_NANOS_MAX;
        }

        private long nowNanos() {
            return context.executor().ticker().nanoTime();
        }

        private void ask() {
            if (isOver) {
                return;
            }
            call = cluster.forward(message, new ForwardedCall.Ending() {
                @Override
                public void answered(byte[] answer) {
                    context.executor().execute(() -> end(read(answer)));
                }

                @Override
                public void unanswered(boolean isSent, String why) {
                    context.executor().execute(() -> failed(isSent, why));
                }
            });
            if (hasSaidAll) {
                call.saidAll();
            }
        }

        private Answer read(byte[] answer) {
            try {
                return ForwardedMessage.answer(answer);
            } catch (IOException e) {
                return unknown("the answer of the node that leads can't be read: " + e.getMessage());
            }
        }

        private void failed(boolean isSent, String why) {
            if (isOver) {
                return;
            }
            if (isSent && !isRead) {
                end(unknown("the node that leads was given this request and did not answer: " + why));
            } else if (!isSent && nowNanos() - untilNanos < 0) {
                context.executor().schedule(this::ask, AGAIN_MS, TimeUnit.MILLISECONDS);
            } else {
                Problem notLeader = gate.refusal();
                end(Answer.of(new Refusal(
                        notLeader == null
                                ? new Problem(ErrorCode.NOT_LEADER, "this node leads since a moment ago")
                                : notLeader)));
            }
        }

        private Answer unknown(String why) {
            return Answer.of(new Refusal(new Problem(
                    ErrorCode.OUTCOME_UNKNOWN, "the outcome is unknown, it may have taken effect: " + why)));
        }

        private void end(Answer answer) {
            if (release()) {
                answered.accept(answer);
            }
        }

        private boolean release() {
            boolean wasUnderWay = !isOver;
            if (wasUnderWay) {
                isOver = true;
                room.giveBack(message.length);
                shares.giveBack(principal);
            }
            return wasUnderWay;
        }

        /** The caller says no more. */
        public void saidAll() {
            hasSaidAll = true;
            call.saidAll();
        }

        /** Its answer was written to the caller, or could not be. */
        public void written(boolean isDelivered) {
            if (isDelivered) {
                call.delivered();
            } else {
                call.gone();
            }
        }

        /** The caller is gone: nothing is told any more. */
        public void gone() {
            release();
            call.gone();
        }
    }
}
