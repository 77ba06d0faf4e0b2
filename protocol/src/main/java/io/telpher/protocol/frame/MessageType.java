package io.telpher.protocol.frame;

import static io.telpher.protocol.frame.MessageTraits.command;
import static io.telpher.protocol.frame.MessageTraits.internal;
import static io.telpher.protocol.frame.MessageTraits.query;
import static io.telpher.protocol.frame.MessageTraits.reply;
import static io.telpher.protocol.frame.MessageTraits.session;

import io.telpher.protocol.Role;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of messages: its code on the wire, the bytes of its fixed block, the number of its var fields, and what it is to those who pass it on:
 * who may send it, what it is about, whether its reply promises durability. Code that tells messages apart reads a column, so that a new message is a
 * row.
 *
 * <p>A reply's code is its command's with the high bit set, but for the shared replies 0x8D-0x8F.
 */
@SuppressWarnings("ImmutableEnumChecker") // traits don't change once the row is made
public enum MessageType {
    HELLO(0x01, 8, 4, session(), 8, 2),
    PING(0x02, 0, 0, session()),
    GOAWAY(0x03, 4, 1, session()),

    SUBMIT(0x10, 72, 6, command(Role.SUBMIT).queue().makesQueues().kept(), 64),
    SUBMIT_BATCH(
            0x11, 4, 1, command(Role.SUBMIT).newTasks(0, SUBMIT).makesQueues().kept()),
    GET(0x12, 16, 0, query(Role.SUBMIT, Role.READ).task().showsTasks()),
    WAIT(0x13, 16, 0, query(Role.SUBMIT, Role.READ).task().showsTasks()),
    CANCEL(0x14, 8, 0, command(Role.SUBMIT).task().kept()),
    LIST(0x15, 16, 2, query(Role.READ).queueOrAll()),
    SEARCH(0x16, 16, 2, query(Role.READ).queueOrVisible()),
    RESCHEDULE(0x17, 24, 1, command(Role.ADMIN).tasks(0)),

    RESERVE(
            0x20,
            80,
            2,
            command(Role.WORK).queues(1).makesQueues().showsTasks().notDurable().skipped(),
            16),
    ACK(0x21, 16, 3, command(Role.WORK).task().newTasks(2, SUBMIT).makesQueues().kept()),
    NACK(0x22, 32, 1, command(Role.WORK).task().doubtful()),
    RELEASE(0x23, 16, 0, command(Role.WORK).task().doubtful()),
    EXTEND(0x24, 24, 0, command(Role.WORK).task().notDurable().skipped()),
    PROGRESS(0x25, 24, 1, command(Role.WORK).task().notDurable().skipped()),

    PUT_QUEUE(0x30, 48, 1, command(Role.ADMIN).queue().makesQueues().policy()),
    GET_QUEUE(0x31, 0, 1, query(Role.READ).queue()),
    LIST_QUEUES(0x32, 8, 1, query(Role.READ).visible()),
    PAUSE_QUEUE(0x33, 8, 3, command(Role.ADMIN).queue().signed(2).policy(), 8, 1),
    RESUME_QUEUE(0x34, 0, 1, command(Role.ADMIN).queue().policy()),
    PURGE_QUEUE(0x35, 24, 1, command(Role.ADMIN).queue(), 8),
    DELETE_QUEUE(0x36, 24, 1, command(Role.ADMIN).queue()),
    NOTE_QUEUE(0x37, 0, 3, command(Role.ADMIN).queue().signed(2).policy(), 0, 2),

    DLQ_LIST(0x40, 40, 3, query(Role.READ).queueOrAll(), 16),
    DLQ_GROUPS(0x41, 24, 3, query(Role.READ).queue()),
    DLQ_REPLAY(0x42, 32, 5, command(Role.ADMIN).queueOrAll().ids(3).holds(4, SUBMIT), 16),
    DLQ_DISCARD(0x43, 32, 4, command(Role.ADMIN).queueOrAll().ids(3), 16),
    DLQ_RUNS(0x44, 8, 1, query(Role.READ).queueOrAll().behindAll()),
    DLQ_STOP(0x45, 8, 0, query(Role.ADMIN).broker().behindAll()),

    STATS(0x50, 0, 0, query(Role.READ).broker()),
    SCALE_HINT(0x51, 16, 1, query(Role.READ).queue()),
    WORKERS(0x52, 8, 0, query(Role.READ).broker().behindAll()),
    HISTORY(0x53, 8, 0, query(Role.READ).task()),
    SNAPSHOT(0x54, 0, 0, query(Role.ADMIN).broker().behindAll()),
    WHY(0x56, 8, 0, query(Role.READ).task()),
    DRAIN_WORKER(0x57, 16, 0, query(Role.ADMIN).broker().behindAll()),

    /** Pushed to the worker that holds the lease; request id 0. */
    CANCEL_REQUESTED(0x70, 16, 0, reply()),

    WELCOME(0x81, 24, 1, reply()),
    PONG(0x82, 0, 0, reply()),
    COUNTED(0x8D, 24, 0, reply(), 8),
    TASK_STATE(0x8E, 40, 1, reply()),
    ERROR(0x8F, 8, 2, reply()),
    SUBMITTED(0x90, 24, 2, reply()),
    BATCH_SUBMITTED(0x91, 16, 1, reply()),
    TASK(0x92, 88, 11, reply()),
    TASKS(0x95, 32, 1, reply().holds(0, TASK), 16),
    DELIVERIES(0xA0, 8, 1, reply().holds(0, SUBMIT, Frame.DELIVERY_HEADER_BYTES)),
    QUEUE(0xB0, 160, 5, reply(), 144, 1),
    QUEUES(0xB2, 8, 1, reply().holds(0, QUEUE)),
    DLQ_GROUP(0xC0, 32, 2, reply()),
    DLQ_GROUP_LIST(0xC1, 8, 1, reply().holds(0, DLQ_GROUP)),
    DLQ_RUN(0xC4, 72, 4, reply()),
    DLQ_RUN_LIST(0xC5, 8, 1, reply().holds(0, DLQ_RUN)),
    BROKER_STATS(0xD0, 144, 0, reply(), 128),
    SCALE(0xD1, 48, 1, reply()),
    WORKER(0xD2, 40, 6, reply(), 40, 3),
    WORKER_LIST(0xD3, 8, 1, reply().holds(0, WORKER)),
    TRANSITION(0xD4, 32, 2, reply()),
    TRANSITIONS(0xD5, 24, 1, reply().holds(0, TRANSITION), 16),
    EXPLANATION(0xD6, 64, 3, reply()),

    TICK(0xE0, 8, 0, internal().skipped()),
    DISCONNECT(0xE1, 8, 0, internal().skipped(), 0),
    NEW_TERM(0xE2, 40, 0, internal().skipped()),
    SET_RETENTION(0xE3, 8, 0, internal().policy()),
    RELOCATE(0xE4, 24, 1, internal().kept()),
    SET_RETAINED_BYTES(0xE5, 8, 0, internal().policy()),
    WITHDRAW(0xE8, 0, 0, internal().notDurable().skipped()),
    HAND_OVER(0xE9, 24, 1, internal().holds(0, SUBMIT).kept()),
    HANDED_OVER(0xEA, 8, 0, internal().skipped()),
    CLOCK(0xEB, 8, 0, internal().kept()),
    SET_QUEUE_LIMITS(0xEC, 16, 0, internal().policy()),
    END_WAITS(0xED, 8, 0, internal().notDurable().skipped()),
    PAYLOAD_UNREADABLE(0xEE, 16, 1, internal().skipped()),
    QUEUE_MAKER(0xEF, 8, 0, internal().skipped());

    /** Who may send a message and what becomes of it. */
    public enum Kind {
        /** Between a connection and the broker's network side; never journaled, since HELLO carries credentials. */
        SESSION,
        /** Changes state: journaled, then applied. */
        COMMAND,
        /** Reads state. */
        QUERY,
        /** Sent by the broker only. */
        REPLY,
        /** Written into the journal by the broker itself; refused from the network. */
        INTERNAL
    }

    /** What a frame is about: by this it finds its partition, and the rights that it needs. */
    public enum Subject {
        /** Nothing that is the broker's: between two sides, a reply, or a record of its own. */
        NONE,
        /** The whole broker, in all its partitions; a token for some queues only will not do. */
        BROKER,
        /** Queues that it names, one at least: see {@link QueueNames}. */
        QUEUES,
        /** The queue that it names; without a name all of them, which a token for some queues only may not ask about. */
        QUEUE_OR_ALL,
        /** The queue that it names; without a name those that the token may see. */
        QUEUE_OR_VISIBLE,
        /** The queues that the token may see. */
        VISIBLE,
        /** One task, whose id the block begins with. */
        TASK,
        /** Tasks by their ids. */
        TASKS
    }

    /** What becomes of a record behind a damaged part of the journal, where task ids and leases are not certain any more. */
    public enum Salvage {
        /** It counts where it is certain what it means, by a rule of its own. */
        KEEP,
        /** It counts as it is: the last policy is the one that holds. */
        POLICY,
        /** Left out, and its task is done again: a lease was given back, if it was still good. */
        DOUBT,
        /** Left out without loss: deliveries and deadlines start anew, what is owed is told again, what can't be read is found so again. */
        SKIP,
        /** Left out, and reported: it may have meant other tasks than are there now. */
        DROP
    }

    /** Every {@link #code} is below: the length of a table by code. */
    public static final int CODES = 256;

    private static final @Nullable MessageType[] BY_CODE = new MessageType[CODES];
    private static final long[] NO_IDS = {};

    static {
        for (MessageType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int blockLength;
    private final int blockLengthMin;
    private final int varFields;
    private final int varFieldsMin;
    private final MessageTraits traits;
    private final boolean isAudited;

    MessageType(int code, int blockLength, int varFields, MessageTraits traits) {
        this(code, blockLength, varFields, traits, blockLength);
    }

    /** @param blockLengthMin of the first version of a message whose block has grown since */
    MessageType(int code, int blockLength, int varFields, MessageTraits traits, int blockLengthMin) {
        this(code, blockLength, varFields, traits, blockLengthMin, varFields);
    }

    /** @param varFieldsMin of the first version of a message that has got more of them since */
    MessageType(int code, int blockLength, int varFields, MessageTraits traits, int blockLengthMin, int varFieldsMin) {
        this.code = code;
        this.blockLength = blockLength;
        this.blockLengthMin = blockLengthMin;
        this.varFields = varFields;
        this.varFieldsMin = varFieldsMin;
        this.traits = traits;
        this.isAudited = traits.roles.equals(Set.of(Role.ADMIN));
    }

    /** The type with this code (0-255), null when there is none. */
    public static @Nullable MessageType of(int code) {
        return BY_CODE[code];
    }

    /** The type of a frame that was validated before. */
    public static MessageType known(int code) {
        MessageType type = BY_CODE[code];
        if (type == null) {
            throw new IllegalStateException("unknown message type 0x" + Integer.toHexString(code));
        }
        return type;
    }

    public int code() {
        return code;
    }

    /** Bytes of the fixed block in this version; a frame may carry more, from a newer sender. */
    public int blockLength() {
        return blockLength;
    }

    /** A frame may carry so few, from a sender that does not know the fields which were added since. */
    public int blockLengthMin() {
        return blockLengthMin;
    }

    public int varFields() {
        return varFields;
    }

    /** Var fields that every frame has. A frame of an older sender may end behind them: later ones read as empty. */
    public int varFieldsMin() {
        return varFieldsMin;
    }

    public Kind kind() {
        return traits.kind;
    }

    /** Any one of these does; none may send what is not a client's to send. */
    public Set<Role> roles() {
        return traits.roles;
    }

    public Subject subject() {
        return traits.subject;
    }

    /** What it carries are new tasks, SUBMIT frames: who sends it needs the right to submit each. */
    public boolean hasNewTasks() {
        return traits.hasNewTasks;
    }

    /** A queue that it names and that is not there may be made by it. */
    public boolean makesQueues() {
        return traits.makesQueues;
    }

    /** The answer shows what is in a queue's tasks, whichever role asks: a deny of read refuses it, to workers and operators too. */
    public boolean showsTasks() {
        return traits.showsTasks;
    }

    /** Its answer tells what is there, or gives tasks; any other says what was done. */
    public boolean isRead() {
        return this == RESERVE || traits.roles.contains(Role.READ);
    }

    /** Only an operator may do it, and the audit log says that it was done. */
    public boolean isAudited() {
        return isAudited;
    }

    /** The reply promises durability. A lease, a tick or a note that a power cut forgets is safe: it only makes a delivery happen again. */
    public boolean isDurable() {
        return traits.isDurable;
    }

    /** It is journaled with the name of who sent it. */
    public boolean isSigned() {
        return traits.signedField >= 0;
    }

    /** The var field with that name; -1 when it is not {@link #isSigned signed}. */
    int signedField() {
        return traits.signedField;
    }

    /** The question is about others' doings: it is answered behind all that was taken in, not only behind what its own connection sent. */
    public boolean isBehindAll() {
        return traits.isBehindAll;
    }

    public Salvage salvage() {
        return traits.salvage;
    }

    /** What the frames in this var field must be; null when it holds none. */
    @Nullable
    public MessageType heldIn(int field) {
        return field == traits.heldField ? traits.held : null;
    }

    /** Bytes before each frame that is held. */
    public int heldGap() {
        return traits.heldGap;
    }

    /** The var field with the names of the queues it is about; with {@link #hasNewTasks} these are in the tasks. */
    int namesField() {
        return traits.namesField;
    }

    /** The task that a frame of this type is about; of {@link Subject#TASK} only. */
    public long taskId(ByteBuffer buffer, int frameOffset) {
        return Frame.blockLength(buffer, frameOffset) < Long.BYTES
                ? 0
                : buffer.getLong(frameOffset + Frame.HEADER_BYTES);
    }

    /** The tasks that a frame of this type names one by one; none when it goes by a filter, or is not about {@link Subject#TASKS} at all. */
    public long[] taskIds(ByteBuffer buffer, int frameOffset) {
        if (traits.idsField < 0) {
            return NO_IDS;
        }
        int at = Frame.varOffset(buffer, frameOffset, traits.idsField);
        long[] ids = new long[buffer.getInt(at) / Long.BYTES];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = buffer.getLong(at + Frame.LENGTH_BYTES + i * Long.BYTES);
        }
        return ids;
    }
}
