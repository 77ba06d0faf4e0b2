package io.telpher.broker.security;

import io.netty.buffer.ByteBuf;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.WorkerView;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.QueueNames;
import io.telpher.protocol.session.ErrorReply;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The admin actions of one connection, from request to reply. Requests come on the event loop, replies on a partition's thread. Which reply is
 * a request's is for the caller to know for sure: the number that the client gave it may stand for another request too.
 */
public final class AuditTrail {
    private record Asked(Principal who, String action, String target, String detail) {
        static Asked of(Principal who, Message message) {
            return new Asked(who, message.type().name(), AuditTrail.target(message), message.detail());
        }

        Asked with(String more) {
            String all = detail.isEmpty() || more.isEmpty() ? detail + more : detail + ", " + more;
            return new Asked(who, action, target, all);
        }
    }

    /** A request that is to be noted with its reply. Each is itself only, however alike two are. */
    public final class Open {
        private final Asked asked;

        private Open(Asked asked) {
            this.asked = asked;
        }

        /** Takes the frame that answers this request and no other; it is left as it is. Any thread. */
        public void replied(ByteBuf reply) {
            boolean isAwaited;
            synchronized (open) {
                isAwaited = open.remove(this);
            }
            if (isAwaited) {
                ByteBuffer frame = reply.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
                note(asked.with(said(frame, 0)), outcome(frame, 0));
            }
        }
    }

    private final AuditLog log;
    private final String from;
    private final String via;

    /** Without a reply yet, in the order asked. Under its own lock. */
    private final Set<Open> open = new LinkedHashSet<>();

    AuditTrail(AuditLog log, String from, String via) {
        this.log = log;
        this.from = from;
        this.via = via;
    }

    /**
     * A request may go on.
     *
     * @return where its reply is to be told; null when it is no admin's, and is not noted
     */
    public @Nullable Open asked(Principal who, Message message) {
        if (!message.type().isAudited()) {
            return null;
        }
        Open asked = new Open(Asked.of(who, message));
        synchronized (open) {
            open.add(asked);
        }
        return asked;
    }

    /** It was turned away at once. */
    public void refused(Principal who, Message message, ErrorCode code) {
        if (message.type().isAudited()) {
            note(Asked.of(who, message), code.name());
        }
    }

    /** What is no message was done, or refused with this outcome. */
    public void done(Principal who, String action, String target, String outcome) {
        note(new Asked(who, action, target, ""), outcome);
    }

    /** Who it was: sessions are soon forgotten. */
    private static String said(ByteBuffer frames, int offset) {
        if (Frame.typeCode(frames, offset) != MessageType.WORKER.code()) {
            return "";
        }
        WorkerView worker = new WorkerView().wrap(frames, offset);
        return "worker \"" + worker.worker() + "\" of " + worker.clientName() + " at " + worker.address();
    }

    private static String outcome(ByteBuffer frames, int offset) {
        if (Frame.typeCode(frames, offset) != MessageType.ERROR.code()) {
            return "OK";
        }
        return String.valueOf(new ErrorReply().wrap(frames, offset).code());
    }

    /** The connection is gone: what has no reply may have been done. */
    public void ended() {
        List<Open> unanswered;
        synchronized (open) {
            unanswered = List.copyOf(open);
            open.clear();
        }
        unanswered.forEach(each -> note(each.asked, "UNKNOWN"));
    }

    private void note(Asked done, String outcome) {
        log.add(new AuditLog.Event(done.who().name(), from, via, done.action(), done.target(), outcome, done.detail()));
    }

    /** The queue, or the session of a worker; empty when it is about neither. */
    private static String target(Message message) {
        if (message instanceof DrainWorker drain) {
            return WorkerView.formatSession(drain.sessionId());
        }
        QueueNames names = new QueueNames().wrap(message.buffer(), message.frameOffset());
        return names.next() ? names.text() : "";
    }
}
