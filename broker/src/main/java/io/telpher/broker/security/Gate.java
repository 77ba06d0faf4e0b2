package io.telpher.broker.security;

import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Problem;
import io.telpher.protocol.Role;
import io.telpher.protocol.deadletter.DlqCommand;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.QueueNames;
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
        if (problem == null && type.hasNewTasks() && who.verdict(MessageType.SUBMIT) != Principal.Verdict.ALWAYS) {
            problem = queues(who, MessageType.SUBMIT, message); // a worker that hands on work is a producer too
        }
        return problem == null && message instanceof DlqCommand command ? search(who, command.filter()) : problem;
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

    private static @Nullable Problem byQueue(Principal who, Message message) {
        MessageType type = message.type();
        return switch (type.subject()) {
            case QUEUES, QUEUE_OR_ALL -> type.hasNewTasks() ? null : queues(who, type, message);
            case QUEUE_OR_VISIBLE -> isNamed(message) ? queues(who, type, message) : null;
            // The partition asks: it knows the task's queue, and which queues there are.
            case TASK, TASKS, VISIBLE -> null;
            case BROKER -> forbidden(who, type, "");
            case NONE -> type.kind() == MessageType.Kind.SESSION ? null : forbidden(who, type, "");
        };
    }

    private static boolean isNamed(Message message) {
        QueueNames names = namesOf(message);
        return names.next() && names.length() > 0;
    }

    private static QueueNames namesOf(Message message) {
        return new QueueNames().wrap(message.buffer(), message.frameOffset());
    }

    private static @Nullable Problem queues(Principal who, MessageType type, Message message) {
        QueueNames names = namesOf(message);
        while (names.next()) {
            Problem problem = queue(who, type, names.text());
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    private static @Nullable Problem queue(Principal who, MessageType type, String queue) {
        if (queue.isEmpty()) {
            return new Problem(
                    ErrorCode.FORBIDDEN, "token \"" + who.name() + "\" is for some queues only: name the queue");
        }
        return who.allow(type, queue) ? null : forbidden(who, type, queue);
    }

    /** @param queue empty when it is not about one */
    private static Problem forbidden(Principal who, MessageType type, String queue) {
        String roles = type.roles().stream().map(Role::word).collect(Collectors.joining(" or "));
        String where = queue.isEmpty() ? "" : " in queue \"" + queue + "\"";
        String everywhere = type.subject() == MessageType.Subject.BROKER ? " for all queues" : "";
        return new Problem(
                ErrorCode.FORBIDDEN,
                "token \"" + who.name() + "\" may not "
                        + type.name().toLowerCase(Locale.ROOT).replace('_', ' ') + where + ": that needs role " + roles
                        + everywhere);
    }
}
