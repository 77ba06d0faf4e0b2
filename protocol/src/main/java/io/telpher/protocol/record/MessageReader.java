package io.telpher.protocol.record;

import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.admin.DrainWorker;
import io.telpher.protocol.admin.Snapshot;
import io.telpher.protocol.admin.Stats;
import io.telpher.protocol.admin.WorkerList;
import io.telpher.protocol.admin.WorkerView;
import io.telpher.protocol.admin.Workers;
import io.telpher.protocol.deadletter.DlqDiscard;
import io.telpher.protocol.deadletter.DlqGroup;
import io.telpher.protocol.deadletter.DlqGroupList;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.deadletter.DlqRun;
import io.telpher.protocol.deadletter.DlqRunList;
import io.telpher.protocol.deadletter.DlqRuns;
import io.telpher.protocol.deadletter.DlqStop;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.CancelRequested;
import io.telpher.protocol.lease.Deliveries;
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
import io.telpher.protocol.queue.ResumeQueue;
import io.telpher.protocol.queue.Scale;
import io.telpher.protocol.queue.ScaleHint;
import io.telpher.protocol.session.Counted;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.session.GoAway;
import io.telpher.protocol.session.Hello;
import io.telpher.protocol.session.Ping;
import io.telpher.protocol.session.Pong;
import io.telpher.protocol.session.Welcome;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Cancel;
import io.telpher.protocol.task.Explanation;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.Submitted;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.TaskStateReply;
import io.telpher.protocol.task.Tasks;
import io.telpher.protocol.task.Transition;
import io.telpher.protocol.task.Transitions;
import io.telpher.protocol.task.WaitFor;
import io.telpher.protocol.task.Why;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Lays the right reader over any frame. Keeps one reader per type, so what it returned is moved by the next frame of that type. Not thread-safe. */
public final class MessageReader {
    private final @Nullable Message[] readers = new Message[MessageType.CODES];

    /** @param offset of a frame that {@link FrameValidator#structure} accepted */
    public Message read(ByteBuffer buffer, int offset) {
        int code = Frame.typeCode(buffer, offset);
        Message reader = readers[code];
        if (reader == null) {
            reader = newReader(MessageType.known(code));
            readers[code] = reader;
        }
        reader.bind(buffer, offset);
        return reader;
    }

    /** Not a column of the table of types: to load all classes of messages takes longer than a command of {@code tq}. */
    private static Message newReader(MessageType type) {
        return switch (type) {
            case HELLO -> new Hello();
            case PING -> new Ping();
            case GOAWAY -> new GoAway();
            case SUBMIT -> new Submit();
            case SUBMIT_BATCH -> new SubmitBatch();
            case GET -> new Get();
            case WAIT -> new WaitFor();
            case CANCEL -> new Cancel();
            case LIST -> new ListTasks();
            case SEARCH -> new Search();
            case RESCHEDULE -> new Reschedule();
            case RESERVE -> new Reserve();
            case ACK -> new Ack();
            case NACK -> new Nack();
            case RELEASE -> new Release();
            case EXTEND -> new Extend();
            case PROGRESS -> new Progress();
            case PUT_QUEUE -> new PutQueue();
            case GET_QUEUE -> new GetQueue();
            case LIST_QUEUES -> new ListQueues();
            case PAUSE_QUEUE -> new PauseQueue();
            case RESUME_QUEUE -> new ResumeQueue();
            case PURGE_QUEUE -> new PurgeQueue();
            case DELETE_QUEUE -> new DeleteQueue();
            case NOTE_QUEUE -> new NoteQueue();
            case DLQ_LIST -> new DlqList();
            case DLQ_GROUPS -> new DlqGroups();
            case DLQ_REPLAY -> new DlqReplay();
            case DLQ_DISCARD -> new DlqDiscard();
            case DLQ_RUNS -> new DlqRuns();
            case DLQ_STOP -> new DlqStop();
            case STATS -> new Stats();
            case SCALE_HINT -> new ScaleHint();
            case WORKERS -> new Workers();
            case HISTORY -> new History();
            case SNAPSHOT -> new Snapshot();
            case WHY -> new Why();
            case DRAIN_WORKER -> new DrainWorker();
            case CANCEL_REQUESTED -> new CancelRequested();
            case WELCOME -> new Welcome();
            case PONG -> new Pong();
            case COUNTED -> new Counted();
            case TASK_STATE -> new TaskStateReply();
            case ERROR -> new ErrorReply();
            case SUBMITTED -> new Submitted();
            case BATCH_SUBMITTED -> new BatchSubmitted();
            case TASK -> new Task();
            case TASKS -> new Tasks();
            case DELIVERIES -> new Deliveries();
            case QUEUE -> new Queue();
            case QUEUES -> new QueueList();
            case DLQ_GROUP -> new DlqGroup();
            case DLQ_GROUP_LIST -> new DlqGroupList();
            case DLQ_RUN -> new DlqRun();
            case DLQ_RUN_LIST -> new DlqRunList();
            case BROKER_STATS -> new BrokerStats();
            case SCALE -> new Scale();
            case WORKER -> new WorkerView();
            case WORKER_LIST -> new WorkerList();
            case TRANSITION -> new Transition();
            case TRANSITIONS -> new Transitions();
            case EXPLANATION -> new Explanation();
            case TICK -> new Tick();
            case DISCONNECT -> new Disconnect();
            case NEW_TERM -> new NewTerm();
            case END_WAITS -> new EndWaits();
            case SET_RETENTION -> new SetRetention();
            case RELOCATE -> new Relocate();
            case SET_RETAINED_BYTES -> new SetRetainedBytes();
            case SET_QUEUE_LIMITS -> new SetQueueLimits();
            case QUEUE_MAKER -> new QueueMaker();
            case WITHDRAW -> new Withdraw();
            case HAND_OVER -> new HandOver();
            case HANDED_OVER -> new HandedOver();
            case CLOCK -> new Clock();
            case PAYLOAD_UNREADABLE -> new PayloadUnreadable();
        };
    }
}
