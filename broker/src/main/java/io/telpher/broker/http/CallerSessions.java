package io.telpher.broker.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.telpher.broker.http.call.HttpOptions;
import io.telpher.broker.http.json.Refusal;
import io.telpher.broker.partition.session.Rights;
import io.telpher.broker.security.Principal;
import io.telpher.broker.security.ServerTls;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The callers of one HTTP connection as partitions see them: a proxy may bring requests of several over it. Belongs to the connection's event loop. */
final class CallerSessions {
    private final HttpOptions options;
    private final BiConsumer<ChannelHandlerContext, ByteBuffer> replied;
    private final Map<String, HttpSession> byCaller = new HashMap<>();

    /** @param replied takes each reply's frame */
    CallerSessions(HttpOptions options, BiConsumer<ChannelHandlerContext, ByteBuffer> replied) {
        this.options = options;
        this.replied = replied;
    }

    HttpSession of(ChannelHandlerContext context, Principal caller) throws Refusal {
        HttpSession session = byCaller.get(caller.id());
        if (session == null) {
            String client = caller.countedAs(context.channel().remoteAddress());
            String tooMany = options.shares().take(client);
            if (tooMany != null) {
                throw new Refusal(new Problem(ErrorCode.OVERLOADED, tooMany));
            }
            session = new HttpSession(
                    options.sessionIds().getAsLong(),
                    context.channel(),
                    client,
                    options.clock().getAsLong(),
                    frame -> replied.accept(context, frame));
            byCaller.put(caller.id(), session);
        }
        session.caller(caller);
        return session;
    }

    /** Null when it has sent nothing over this connection. */
    @Nullable
    HttpSession find(Principal caller) {
        return byCaller.get(caller.id());
    }

    /** A request that waits and is no longer covered by the session's rights is refused by its partitions. */
    void recheck(Channel channel) {
        for (HttpSession session : byCaller.values()) {
            Principal known = options.security().now(session.caller(), ServerTls.session(channel));
            if (known == session.caller()) {
                continue;
            }
            if (known == null) {
                session.grant(Rights.NONE);
            } else {
                session.caller(known);
            }
            options.router().rightsChanged(session);
        }
    }

    void close() {
        for (HttpSession session : byCaller.values()) {
            options.router().closed(session);
            options.shares().giveBack(session.principal());
        }
    }
}
