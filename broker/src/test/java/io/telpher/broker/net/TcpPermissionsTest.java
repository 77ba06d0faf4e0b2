package io.telpher.broker.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.SecuredBroker;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.Result;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.Snapshot;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.deadletter.DlqStop;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Extend;
import io.telpher.protocol.lease.Nack;
import io.telpher.protocol.lease.Progress;
import io.telpher.protocol.lease.Release;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.DeleteQueue;
import io.telpher.protocol.queue.GetQueue;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.queue.NoteQueue;
import io.telpher.protocol.queue.PauseQueue;
import io.telpher.protocol.queue.PurgeQueue;
import io.telpher.protocol.queue.PutQueue;
import io.telpher.protocol.queue.Queue;
import io.telpher.protocol.queue.QueueList;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.queue.ScaleHint;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.WaitFor;
import io.telpher.protocol.task.Why;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every message that clients send, as every role and to every kind of queue. What may be is written down here once more. */
@Tag("security")
class TcpPermissionsTest {
    private static final List<String> ROLES = List.of("submit", "work", "read", "admin", "nothing");
    private static final Map<MessageType, String> MAY = new EnumMap<>(MessageType.class);

    static {
        may("submit admin", MessageType.SUBMIT, MessageType.SUBMIT_BATCH, MessageType.CANCEL);
        may("submit read admin", MessageType.GET, MessageType.WAIT);
        may("work admin", MessageType.RESERVE, MessageType.ACK, MessageType.NACK, MessageType.RELEASE);
        may("work admin", MessageType.EXTEND, MessageType.PROGRESS);
        may(
                "read admin",
                MessageType.SEARCH,
                MessageType.LIST,
                MessageType.GET_QUEUE,
                MessageType.LIST_QUEUES,
                MessageType.HISTORY);
        may("read admin", MessageType.DLQ_LIST, MessageType.DLQ_GROUPS, MessageType.SCALE_HINT);
        may("read admin", MessageType.STATS, MessageType.WORKERS, MessageType.WHY, MessageType.DLQ_RUNS);
        may("admin", MessageType.DLQ_STOP, MessageType.DRAIN_WORKER);
        may("admin", MessageType.PUT_QUEUE, MessageType.PAUSE_QUEUE, MessageType.RESUME_QUEUE);
        may("admin", MessageType.NOTE_QUEUE);
        may(
                "admin",
                MessageType.DELETE_QUEUE,
                MessageType.PURGE_QUEUE,
                MessageType.DLQ_REPLAY,
                MessageType.DLQ_DISCARD,
                MessageType.RESCHEDULE,
                MessageType.SNAPSHOT);
    }

    /** What concerns no one queue. */
    private static final List<MessageType> OF_THE_BROKER = List.of(
            MessageType.STATS,
            MessageType.WORKERS,
            MessageType.DRAIN_WORKER,
            MessageType.SNAPSHOT,
            MessageType.DLQ_STOP);

    private static void may(String roles, MessageType... types) {
        Arrays.stream(types).forEach(type -> MAY.put(type, roles));
    }

    @TempDir
    static Path directory;

    private static SecuredBroker secured;
    private static final Map<String, RawConnection> CONNECTIONS = new HashMap<>();
    private static final Map<String, Long> TASKS = new HashMap<>();

    @BeforeAll
    static void start() throws Exception {
        secured = SecuredBroker.start(directory);
        for (String role : List.of("submit", "work", "read", "admin")) {
            connect(role, List.of(role), List.of());
        }
        connect("nothing", List.of("admin"), List.of("*"));
        connect("team", List.of("admin:team.*"), List.of("*:*.secret"));
        connect("blind", List.of("admin"), List.of("read:team.*"));
        connect("blind everywhere", List.of("*"), List.of("read"));
        for (String queue : List.of("default", "team.mail", "team.secret", "other")) {
            RawConnection admin = connection("admin");
            admin.send(Submit.write(
                            new FrameWriter(),
                            1,
                            TaskSpec.type("t").queue(queue).payload("p"))
                    .toBytes());
            TASKS.put(queue, new Submitted().wrap(reply(admin, 1), 0).taskId());
        }
    }

    private static void connect(String name, List<String> allow, List<String> deny) throws Exception {
        String token = secured.token(name, allow, deny);
        CONNECTIONS.put(name, RawConnection.welcomed(secured.broker().port(), token));
    }

    private static RawConnection connection(String who) {
        return Objects.requireNonNull(CONNECTIONS.get(who));
    }

    private static long task(String queue) {
        return Objects.requireNonNull(TASKS.get(queue));
    }

    @AfterAll
    static void stop() throws IOException {
        for (RawConnection connection : CONNECTIONS.values()) {
            connection.close();
        }
        secured.close();
    }

    private static List<MessageType> clientTypes() {
        return Arrays.stream(MessageType.values())
                .filter(type -> type.kind() == MessageType.Kind.COMMAND || type.kind() == MessageType.Kind.QUERY)
                .toList();
    }

    static List<Arguments> eachTypeAsEachRole() {
        List<Arguments> cases = new ArrayList<>();
        clientTypes().forEach(type -> ROLES.forEach(role -> cases.add(Arguments.of(type, role))));
        return cases;
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("eachTypeAsEachRole")
    void shouldAnswerByRole(MessageType type, String role) throws IOException {
        assertNotNull(MAY.get(type), type + " is in no line of the matrix");
        boolean allowed = List.of(MAY.get(type).split(" ")).contains(role);
        assertEquals(allowed, passes(role, type, "default"), type + " as " + role);
    }

    static List<Arguments> eachTypeToEachQueue() {
        List<Arguments> cases = new ArrayList<>();
        clientTypes().forEach(type -> List.of("team.mail", "team.secret", "other")
                .forEach(queue -> cases.add(Arguments.of(type, queue))));
        return cases;
    }

    @ParameterizedTest(name = "{0} in {1}")
    @MethodSource("eachTypeToEachQueue")
    void shouldAnswerByQueue(MessageType type, String queue) throws IOException {
        boolean allowed = queue.equals("team.mail") && !OF_THE_BROKER.contains(type);
        boolean isFiltered = type == MessageType.LIST_QUEUES;
        assertEquals(allowed || isFiltered, passes("team", type, queue), type + " in " + queue);
    }

    static List<Arguments> eachTypeWithoutReading() {
        List<Arguments> cases = new ArrayList<>();
        for (MessageType type : clientTypes()) {
            for (String queue : List.of("team.mail", "other")) {
                cases.add(Arguments.of("blind", type, queue));
                cases.add(Arguments.of("blind everywhere", type, queue));
            }
        }
        return cases;
    }

    /** A deny wins over admin too, and what shows tasks is refused whichever role would allow it. */
    @ParameterizedTest(name = "{1} in {2} as {0}")
    @MethodSource("eachTypeWithoutReading")
    void shouldShowNothingWhereReadIsDenied(String who, MessageType type, String queue) throws IOException {
        boolean reads =
                List.of(Objects.requireNonNull(MAY.get(type)).split(" ")).contains("read")
                        || type == MessageType.RESERVE;
        boolean isDenied = who.equals("blind everywhere")
                || queue.equals("team.mail")
                || type == MessageType.RESERVE // it asks for team.mail, too
                || type == MessageType.STATS
                || type == MessageType.WORKERS;
        boolean isFiltered = type == MessageType.LIST_QUEUES && who.equals("blind");
        assertEquals(isFiltered || !reads || !isDenied, passes(who, type, queue), type + " in " + queue);
    }

    /** How many errors hold a text is asked by a dry run, too. */
    @Test
    void shouldNotSearchErrorsWhereReadIsDenied() throws IOException {
        DlqFilter search = new DlqFilter("team.mail", "", "secret");
        DlqReplay.Options dry = new DlqReplay.Options(0, 0, true, 0);
        FrameWriter replay = DlqReplay.write(new FrameWriter(), 2, dry, search, new long[0], ByteBuffer.allocate(0));
        FrameWriter discard = DlqDiscard.write(new FrameWriter(), 2, dry, search, new long[0]);
        for (FrameWriter frame : List.of(replay, discard)) {
            connection("blind").send(frame.toBytes());
            ByteBuffer reply = reply(connection("blind"), 2);
            assertEquals(MessageType.ERROR, RawConnection.type(reply));
            assertEquals(ErrorCode.FORBIDDEN, new ErrorReply().wrap(reply, 0).code());
        }
    }

    /** The result of a task that is done comes with the answer to its repetition; to whom may not read it, it does not. */
    @Test
    void shouldNotShowAResultToARepetitionWhereReadIsDenied() throws IOException {
        TaskSpec spec = TaskSpec.type("once").queue("team.done").payload("p").idempotencyKey("k");
        RawConnection admin = connection("admin");
        admin.send(Submit.write(new FrameWriter(), 8, spec).toBytes());
        long id = new Submitted().wrap(reply(admin, 8), 0).taskId();
        Reserve.Wants wants = new Reserve.Wants(1, 0, 0, "w");
        admin.send(
                Reserve.write(new FrameWriter(), 9, wants, List.of("team.done")).toBytes());
        Delivery delivery = new Deliveries().wrap(reply(admin, 9), 0).first();
        assertTrue(delivery.next());
        Result result = Result.of("text/plain", new byte[] {1});
        admin.send(Ack.write(new FrameWriter(), 10, id, delivery.leaseId(), result, ByteBuffer.allocate(0))
                .toBytes());
        reply(admin, 10);
        assertNotNull(again(admin, spec).result());
        Submitted blind = again(connection("blind"), spec);
        assertEquals(id, blind.taskId());
        assertTrue(blind.duplicate());
        assertNull(blind.result());
    }

    private static Submitted again(RawConnection connection, TaskSpec spec) throws IOException {
        connection.send(Submit.write(new FrameWriter(), 11, spec).toBytes());
        return new Submitted().wrap(reply(connection, 11), 0);
    }

    @Test
    void shouldListOnlyQueuesThatTheTokenIsFor() throws IOException {
        RawConnection team = connection("team");
        team.send(ListQueues.write(new FrameWriter(), 3, 1000, "").toBytes());
        var frames = new QueueList().wrap(reply(team, 3), 0).queues();
        List<String> names = new ArrayList<>();
        while (frames.next()) {
            names.add(new Queue().wrap(frames.buffer(), frames.offset()).view().name);
        }
        assertEquals(List.of("team.mail"), names);
    }

    @Test
    void shouldNotLookIntoAllQueuesWithATokenForSome() throws IOException {
        for (MessageType type :
                List.of(MessageType.LIST, MessageType.DLQ_LIST, MessageType.DLQ_REPLAY, MessageType.DLQ_DISCARD)) {
            assertEquals(false, passes("team", type, ""), type + " over all queues");
        }
    }

    @Test
    void shouldRefuseFollowUpTasksOfAWorkerThatMayNotSubmit() throws IOException {
        RawConnection work = connection("work");
        FrameWriter followUp =
                Submit.write(new FrameWriter(), 0, TaskSpec.type("t").payload("p"));
        work.send(Ack.write(new FrameWriter(), 4, task("default"), 1, Result.NONE, followUp.written())
                .toBytes());
        assertEquals(
                ErrorCode.FORBIDDEN, new ErrorReply().wrap(reply(work, 4), 0).code());
    }

    /** An id that no task has yet could be any queue's by the time it is looked at. */
    @Test
    void shouldNotPassOnIdsOfTasksThatAreNotThere() throws IOException {
        RawConnection team = connection("team");
        team.send(Cancel.write(new FrameWriter(), 5, 0xFFFF).toBytes());
        assertEquals(
                ErrorCode.TASK_NOT_FOUND,
                new ErrorReply().wrap(reply(team, 5), 0).code());
    }

    @Test
    void shouldNotDiscardByIdWhatLiesInAnotherQueue() throws IOException {
        RawConnection team = connection("team");
        long[] ids = {task("team.mail"), task("other")};
        DlqFilter filter = DlqFilter.queue("team.mail");
        team.send(DlqDiscard.write(new FrameWriter(), 6, DlqReplay.Options.ALL, filter, ids)
                .toBytes());
        assertEquals(
                ErrorCode.FORBIDDEN, new ErrorReply().wrap(reply(team, 6), 0).code());
    }

    private static boolean passes(String who, MessageType type, String queue) throws IOException {
        RawConnection connection = connection(who);
        long taskId = TASKS.getOrDefault(queue, 1L);
        connection.send(message(type, queue, taskId).toBytes());
        ByteBuffer reply = reply(connection, 2);
        boolean isError = RawConnection.type(reply) == MessageType.ERROR;
        return !isError || new ErrorReply().wrap(reply, 0).code() != ErrorCode.FORBIDDEN;
    }

    private static ByteBuffer reply(RawConnection connection, int requestId) throws IOException {
        ByteBuffer reply = connection.next();
        while (reply != null && Frame.requestId(reply, 0) != requestId) {
            reply = connection.next();
        }
        assertNotNull(reply, "the broker hung up");
        return reply;
    }

    private static FrameWriter message(MessageType type, String queue, long task) {
        FrameWriter out = new FrameWriter();
        TaskSpec spec =
                TaskSpec.type("t").queue(queue.isEmpty() ? "default" : queue).payload("p");
        ByteBuffer none = ByteBuffer.allocate(0);
        DlqFilter filter = DlqFilter.queue(queue);
        long[] noIds = {};
        return switch (type) {
            case SUBMIT -> Submit.write(out, 2, spec);
            case SUBMIT_BATCH ->
                SubmitBatch.write(
                        out, 2, 1, Submit.write(new FrameWriter(), 0, spec).written());
            case GET -> Get.write(out, 2, task, false);
            case WAIT -> WaitFor.write(out, 2, task, 0);
            case CANCEL -> Cancel.write(out, 2, task);
            case LIST -> ListTasks.write(out, 2, 0, 1, 0, queue, "");
            case SEARCH -> Search.write(out, 2, 0, 1, SearchQuery.parse(queue.isEmpty() ? "" : "queue:" + queue));
            case RESCHEDULE -> Reschedule.write(out, 2, Reschedule.Change.RUN_NOW, task);
            case RESERVE -> Reserve.write(out, 2, new Reserve.Wants(1, 0, 0, "w"), List.of("team.mail", queue));
            case ACK -> Ack.write(out, 2, task, 1, Result.NONE, none);
            case NACK -> Nack.write(out, 2, task, 1, -1, false, "e");
            case RELEASE -> Release.write(out, 2, task, 1);
            case EXTEND -> Extend.write(out, 2, task, 1, 0);
            case PROGRESS -> Progress.write(out, 2, task, 1, 1, "");
            case PUT_QUEUE -> PutQueue.write(out, 2, queue, QueuePolicyFields.NOTHING);
            case GET_QUEUE -> GetQueue.write(out, 2, queue);
            case LIST_QUEUES -> ListQueues.write(out, 2, 1, "");
            case PAUSE_QUEUE -> PauseQueue.write(out, 2, queue, false);
            case NOTE_QUEUE -> NoteQueue.write(out, 2, queue, "note", "");
            case RESUME_QUEUE -> ResumeQueue.write(out, 2, queue);
            case PURGE_QUEUE -> PurgeQueue.write(out, 2, queue, 1);
            case DELETE_QUEUE -> DeleteQueue.write(out, 2, queue, true);
            case DLQ_LIST -> DlqList.write(out, 2, new DlqList.Page(1, false), filter);
            case DLQ_GROUPS -> DlqGroups.write(out, 2, 1, filter, false);
            case DLQ_RUNS -> DlqRuns.write(out, 2, 1, queue);
            case DLQ_STOP -> DlqStop.write(out, 2, 1);
            case WHY -> Why.write(out, 2, task);
            case DLQ_REPLAY -> DlqReplay.write(out, 2, DlqReplay.Options.ALL, filter, noIds, none);
            case DLQ_DISCARD -> DlqDiscard.write(out, 2, DlqReplay.Options.ALL, filter, noIds);
            case STATS -> Stats.write(out, 2);
            case SCALE_HINT -> ScaleHint.write(out, 2, 1, 60_000, queue);
            case WORKERS -> Workers.write(out, 2, 1);
            case DRAIN_WORKER -> DrainWorker.write(out, 2, 1, false);
            case HISTORY -> History.write(out, 2, task);
            case SNAPSHOT -> Snapshot.write(out, 2);
            default -> throw new AssertionError("write down here how " + type + " is sent");
        };
    }
}
