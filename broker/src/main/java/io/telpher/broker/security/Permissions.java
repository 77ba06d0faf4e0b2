package io.telpher.broker.security;

import io.telpher.protocol.MessageType;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The one table of who may send what. HTTP requests become the same messages, so it holds for both protocols. */
final class Permissions {
    private static final Map<MessageType, Set<Role>> ROLES = new EnumMap<>(MessageType.class);

    static {
        for (MessageType type : MessageType.values()) {
            ROLES.put(type, required(type));
        }
    }

    private Permissions() {}

    /** Any one of these roles will do. */
    static Set<Role> of(MessageType type) {
        return Objects.requireNonNull(ROLES.get(type));
    }

    /** Written out for every type: a new one does not compile before it was thought about. */
    private static Set<Role> required(MessageType type) {
        return switch (type) {
            case HELLO, PING, GOAWAY -> EnumSet.allOf(Role.class);

            case SUBMIT, SUBMIT_BATCH, CANCEL -> roles(Role.SUBMIT);
            case GET, WAIT -> roles(Role.SUBMIT, Role.READ);

            case RESERVE, ACK, NACK, RELEASE, EXTEND, PROGRESS -> roles(Role.WORK);

            case LIST, SEARCH, GET_QUEUE, LIST_QUEUES, DLQ_LIST, DLQ_GROUPS -> roles(Role.READ);
            case STATS, SCALE_HINT, WORKERS, HISTORY, WHY, DLQ_RUNS -> roles(Role.READ);

            case PUT_QUEUE, PAUSE_QUEUE, RESUME_QUEUE, NOTE_QUEUE, PURGE_QUEUE, DELETE_QUEUE -> roles(Role.ADMIN);
            case RESCHEDULE, DLQ_REPLAY, DLQ_DISCARD, DLQ_STOP, DRAIN_WORKER, SNAPSHOT -> roles(Role.ADMIN);

            // Never a client's to send.
            case CANCEL_REQUESTED, WELCOME, PONG, COUNTED, TASK_STATE, ERROR -> roles();
            case SUBMITTED, BATCH_SUBMITTED, TASK, TASKS, DELIVERIES, QUEUE, QUEUES -> roles();
            case DLQ_GROUP, DLQ_GROUP_LIST, BROKER_STATS, SCALE, WORKER, WORKER_LIST -> roles();
            case TRANSITION, TRANSITIONS, EXPLANATION, DLQ_RUN, DLQ_RUN_LIST -> roles();
            case TICK, DISCONNECT, NEW_TERM, SET_RETENTION, SET_RETAINED_BYTES, RELOCATE, CLOCK -> roles();
            case WITHDRAW, END_WAITS, HAND_OVER, HANDED_OVER, PAYLOAD_UNREADABLE -> roles();
            case SET_QUEUE_LIMITS, QUEUE_MAKER -> roles();
        };
    }

    /** What shows what is in a queue's tasks, whichever role asks: a deny of read refuses it, to workers and operators too. */
    static boolean showsTasks(MessageType type) {
        return switch (type) {
            case GET, WAIT, RESERVE -> true;
            // The roles of all others that do are read only.
            default -> false;
        };
    }

    /** It concerns no one queue: a token for some queues only will not do. */
    static boolean isAboutTheBroker(MessageType type) {
        return switch (type) {
            case STATS, WORKERS, DRAIN_WORKER, SNAPSHOT, DLQ_STOP -> true;
            default -> false;
        };
    }

    private static Set<Role> roles(Role... roles) {
        EnumSet<Role> set = EnumSet.noneOf(Role.class);
        set.addAll(Set.of(roles));
        return set;
    }
}
