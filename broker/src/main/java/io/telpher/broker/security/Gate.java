package io.telpher.broker.security;

import io.telpher.protocol.Ack;
import io.telpher.protocol.DeleteQueue;
import io.telpher.protocol.DlqDiscard;
import io.telpher.protocol.DlqFilter;
import io.telpher.protocol.DlqGroups;
import io.telpher.protocol.DlqList;
import io.telpher.protocol.DlqReplay;
import io.telpher.protocol.DlqRuns;
import io.telpher.protocol.Elements;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Frames;
import io.telpher.protocol.GetQueue;
import io.telpher.protocol.ListTasks;
import io.telpher.protocol.Message;
import io.telpher.protocol.MessageType;
import io.telpher.protocol.NoteQueue;
import io.telpher.protocol.PauseQueue;
import io.telpher.protocol.Problem;
import io.telpher.protocol.PurgeQueue;
import io.telpher.protocol.PutQueue;
import io.telpher.protocol.Reserve;
import io.telpher.protocol.ResumeQueue;
import io.telpher.protocol.ScaleHint;
import io.telpher.protocol.Search;
import io.telpher.protocol.Submit;
import io.telpher.protocol.SubmitBatch;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where both protocols ask whether a request may go on. What names a queue is judged here; what names a task goes on to the partition, which
 * knows the task's queue and asks {@link Principal#allow}.
 */
public final class Gate {
    private Gate() {}

    /** Why not; null when it may. The message has passed its own checks. */
    public static @Nullable Problem refusal(Principal who, Message message) {
        MessageType type = message.type();
        Problem problem =
                switch (who.verdict(type)) {
                    case ALWAYS -> null;
                    case NEVER -> forbidden(who, type, "");
                    case BY_QUEUE -> byQueue(who, message);
                };
        if (problem != null) {
            return problem;
        }
        if (message instanceof Ack ack && ack.hasFollowUps()) {
            return nested(who, ack.followUps()); // a worker that hands on work is a producer too
        }
        if (message instanceof DlqReplay replay) {
            return search(who, replay.filter());
        }
        return message instanceof DlqDiscard discard ? search(who, discard.filter()) : null;
    }

    /** How many errors hold a text tells what is in them: who searches, reads. */
    private static @Nullable Problem search(Principal who, DlqFilter filter) {
        if (filter.error().isEmpty()) {
            return null;
        }
        return switch (who.verdict(MessageType.DLQ_LIST)) {
            case ALWAYS -> null;
            case NEVER -> forbidden(who, MessageType.DLQ_LIST, "");
            case BY_QUEUE -> queue(who, MessageType.DLQ_LIST, filter.queue());
        };
    }

    /** Its answer tells what is there, or gives tasks; any other says what was done. */
    public static boolean reads(MessageType type) {
        return type == MessageType.RESERVE || Permissions.of(type).contains(Role.READ);
    }

    private static @Nullable Problem byQueue(Principal who, Message message) {
        MessageType type = message.type();
        return switch (type) {
            case SUBMIT -> queue(who, type, ((Submit) message).queue());
            case SUBMIT_BATCH -> nested(who, ((SubmitBatch) message).tasks());
            case RESERVE -> queues(who, (Reserve) message);
            case LIST -> queue(who, type, ((ListTasks) message).queue());
            // Without a queue it finds what the token may see.
            case SEARCH -> {
                String queue = ((Search) message).queue();
                yield queue.isEmpty() ? null : queue(who, type, queue);
            }
            case PUT_QUEUE -> queue(who, type, ((PutQueue) message).queue());
            case GET_QUEUE -> queue(who, type, ((GetQueue) message).queue());
            case PAUSE_QUEUE -> queue(who, type, ((PauseQueue) message).queue());
            case NOTE_QUEUE -> queue(who, type, ((NoteQueue) message).queue());
            case RESUME_QUEUE -> queue(who, type, ((ResumeQueue) message).queue());
            case PURGE_QUEUE -> queue(who, type, ((PurgeQueue) message).queue());
            case DELETE_QUEUE -> queue(who, type, ((DeleteQueue) message).queue());
            case SCALE_HINT -> queue(who, type, ((ScaleHint) message).queue());
            case DLQ_LIST -> queue(who, type, ((DlqList) message).filter().queue());
            case DLQ_GROUPS -> queue(who, type, ((DlqGroups) message).filter().queue());
            case DLQ_RUNS -> queue(who, type, ((DlqRuns) message).queue());
            case DLQ_REPLAY -> queue(who, type, ((DlqReplay) message).filter().queue());
            case DLQ_DISCARD -> queue(who, type, ((DlqDiscard) message).filter().queue());
            // The partition asks: it knows the task's queue, and which queues there are.
            case GET, WAIT, CANCEL, ACK, NACK, RELEASE, EXTEND, PROGRESS, HISTORY, WHY, LIST_QUEUES, RESCHEDULE -> null;
            case HELLO, PING, GOAWAY -> null;
            default -> forbidden(who, type, "");
        };
    }

    private static @Nullable Problem queue(Principal who, MessageType type, String queue) {
        if (queue.isEmpty()) {
            return new Problem(
                    ErrorCode.FORBIDDEN, "token \"" + who.name() + "\" is for some queues only: name the queue");
        }
        return who.allow(type, queue) ? null : forbidden(who, type, queue);
    }

    private static @Nullable Problem queues(Principal who, Reserve reserve) {
        Elements queues = reserve.queues();
        while (queues.next()) {
            Problem problem = queue(who, MessageType.RESERVE, queues.text());
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    private static @Nullable Problem nested(Principal who, Frames tasks) {
        Submit submit = new Submit();
        while (who.verdict(MessageType.SUBMIT) != Principal.Verdict.ALWAYS && tasks.next()) {
            String queue = submit.wrap(tasks.buffer(), tasks.offset()).queue();
            Problem problem = queue(who, MessageType.SUBMIT, queue);
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    /** @param queue empty when it is not about one */
    private static Problem forbidden(Principal who, MessageType type, String queue) {
        String roles = Permissions.of(type).stream().map(Role::word).collect(Collectors.joining(" or "));
        String where = queue.isEmpty() ? "" : " in queue \"" + queue + "\"";
        String everywhere = Permissions.isAboutTheBroker(type) ? " for all queues" : "";
        return new Problem(
                ErrorCode.FORBIDDEN,
                "token \"" + who.name() + "\" may not "
                        + type.name().toLowerCase(Locale.ROOT).replace('_', ' ') + where + ": that needs role " + roles
                        + everywhere);
    }
}
