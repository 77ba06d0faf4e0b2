package io.telpher.broker.security;

import io.netty.buffer.ByteBuf;
import io.telpher.protocol.DlqDiscard;
import io.telpher.protocol.DlqFilter;
import io.telpher.protocol.DlqReplay;
import io.telpher.protocol.DlqStop;
import io.telpher.protocol.DrainWorker;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.ErrorReply;
import io.telpher.protocol.Frame;
import io.telpher.protocol.Message;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.PauseQueue;
import io.telpher.protocol.PurgeQueue;
import io.telpher.protocol.PutQueue;
import io.telpher.protocol.ResumeQueue;
import io.telpher.protocol.Worker;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The admin actions of one connection, from request to reply. Requests come on the event loop, replies on a partition's thread. */
public final class AuditTrail {
    private record Asked(int requestId, Principal who, MessageType action, String target, String detail) {
        Asked with(String more) {
            String all = detail.isEmpty() || more.isEmpty() ? detail + more : detail + ", " + more;
            return new Asked(requestId, who, action, target, all);
        }
    }

    private final AuditLog log;
    private final String from;
    private final String via;
    private final Deque<Asked> asked = new ArrayDeque<>();
    private volatile boolean waiting;

    AuditTrail(AuditLog log, String from, String via) {
        this.log = log;
        this.from = from;
        this.via = via;
    }

    private static boolean isAudited(MessageType type) {
        return Permissions.of(type).equals(Set.of(Role.ADMIN));
    }

    /** A request is about to go on; when it is an admin's, its reply will be noted. */
    public void asked(Principal who, Message message) {
        if (isAudited(message.type())) {
            synchronized (asked) {
                asked.add(new Asked(message.requestId(), who, message.type(), target(message), detail(message)));
                waiting = true;
            }
        }
    }

    /** It was turned away at once. */
    public void refused(Principal who, Message message, ErrorCode code) {
        if (isAudited(message.type())) {
            note(new Asked(message.requestId(), who, message.type(), target(message), detail(message)), code.name());
        }
    }

    /** Any thread. The replies are left as they are, and looked at only while something waits for one. */
    public void replied(ByteBuf replies) {
        if (!waiting) {
            return;
        }
        ByteBuffer frames = replies.nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int offset = 0;
        while (offset < frames.limit()) {
            Asked settled = take(Frame.requestId(frames, offset));
            if (settled != null) {
                note(settled.with(said(frames, offset)), outcome(frames, offset));
            }
            offset += (int) Frame.bytes(frames, offset);
        }
    }

    private @Nullable Asked take(int requestId) {
        synchronized (asked) {
            Iterator<Asked> each = asked.iterator();
            while (each.hasNext()) {
                Asked candidate = each.next();
                if (candidate.requestId() == requestId) {
                    each.remove();
                    waiting = !asked.isEmpty();
                    return candidate;
                }
            }
            return null;
        }
    }

    /** Who it was: sessions are soon forgotten. */
    private static String said(ByteBuffer frames, int offset) {
        if (Frame.typeCode(frames, offset) != MessageType.WORKER.code()) {
            return "";
        }
        Worker worker = new Worker().wrap(frames, offset);
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
        synchronized (asked) {
            asked.forEach(open -> note(open, "UNKNOWN"));
            asked.clear();
            waiting = false;
        }
    }

    private void note(Asked done, String outcome) {
        log.add(new AuditLog.Event(
                done.who().name(), from, via, done.action().name(), done.target(), outcome, done.detail()));
    }

    private static String target(Message message) {
        return switch (message.type()) {
            case PUT_QUEUE -> ((PutQueue) message).queue();
            case PAUSE_QUEUE -> ((PauseQueue) message).queue();
            case RESUME_QUEUE -> ((ResumeQueue) message).queue();
            case PURGE_QUEUE -> ((PurgeQueue) message).queue();
            case DLQ_REPLAY -> ((DlqReplay) message).filter().queue();
            case DLQ_DISCARD -> ((DlqDiscard) message).filter().queue();
            case DRAIN_WORKER -> Worker.formatSession(((DrainWorker) message).sessionId());
            default -> "";
        };
    }

    private static String detail(Message message) {
        return switch (message.type()) {
            case PAUSE_QUEUE -> ((PauseQueue) message).refuseSubmits() ? "refusing submits" : "";
            case DLQ_REPLAY -> {
                DlqReplay replay = (DlqReplay) message;
                String patched = replay.hasPatch() ? ", patched" : "";
                yield detail(replay.options(), replay.filter(), replay.taskIds()) + patched;
            }
            case DLQ_DISCARD -> {
                DlqDiscard discard = (DlqDiscard) message;
                yield detail(discard.options(), discard.filter(), discard.taskIds());
            }
            case DRAIN_WORKER -> ((DrainWorker) message).undo() ? "undone" : "";
            case DLQ_STOP -> "run " + ((DlqStop) message).runId();
            default -> "";
        };
    }

    private static String detail(DlqReplay.Options options, DlqFilter filter, long[] taskIds) {
        String which = taskIds.length > 0
                ? taskIds.length + " by id"
                : "type \"" + filter.taskType() + "\", error \"" + filter.error() + "\", limit " + options.limit();
        return options.dryRun() ? which + ", dry run" : which;
    }
}
