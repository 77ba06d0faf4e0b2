package io.telpher.broker.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.broker.partition.session.Rights;
import io.telpher.protocol.ErrorCode;
import io.telpher.protocol.SearchQuery;
import io.telpher.protocol.TaskSpec;
import io.telpher.protocol.TaskState;
import io.telpher.protocol.TaskView;
import io.telpher.protocol.deadletter.DlqFilter;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.Get;
import io.telpher.protocol.task.History;
import io.telpher.protocol.task.ListTasks;
import io.telpher.protocol.task.Search;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import io.telpher.protocol.task.Task;
import io.telpher.protocol.task.Tasks;
import io.telpher.protocol.task.Why;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The last line: whatever a session asked for, it is given what it may have at the moment of the delivery, and the rest goes back as it was. */
@Tag("security")
class DeliveryRightsTest {
    private static final Reserve.Wants WANTS = new Reserve.Wants(10, 60_000, 0, "w");

    @TempDir
    Path directory;

    private final AgentInHand.Client worker = new AgentInHand.Client(1L << 32);
    private final AgentInHand.Client producer = new AgentInHand.Client(2L << 32);
    private AgentInHand agent;

    @BeforeEach
    void start() throws IOException {
        agent = new AgentInHand(directory);
    }

    @AfterEach
    void stop() throws IOException {
        agent.close();
    }

    private void submit(String... queues) {
        FrameWriter tasks = new FrameWriter();
        for (String queue : queues) {
            Submit.write(tasks, 0, TaskSpec.type("t").queue(queue).payload("secret"));
        }
        agent.send(producer, SubmitBatch.write(new FrameWriter(), 1, queues.length, tasks.written()));
        producer.frames.clear();
    }

    private TaskView get(long taskId) {
        agent.send(producer, Get.write(new FrameWriter(), 1, taskId, false));
        return new Task().wrap(producer.only(), 0).view();
    }

    private void reserve(int requestId, String... queues) {
        agent.send(worker, Reserve.write(new FrameWriter(), requestId, WANTS, List.of(queues)));
    }

    private static Rights onlyFor(String... queues) {
        Set<String> covered = Set.of(queues);
        return (type, queue) -> covered.contains(queue);
    }

    @Test
    void shouldDeliverWhatIsCoveredAndGiveTheRestBackUncounted() {
        worker.grant(onlyFor("mail", "fax"));
        reserve(2, "fax", "mail");
        assertTrue(worker.frames.isEmpty());
        worker.grant(onlyFor("mail"));
        submit("fax", "mail", "fax");
        ByteBuffer delivered = worker.only();
        assertEquals(MessageType.DELIVERIES.code(), Frame.typeCode(delivered, 0));
        Delivery delivery = new Deliveries().wrap(delivered, 0).first();
        assertTrue(delivery.next());
        assertEquals("mail", delivery.submit().queue());
        assertFalse(delivery.next());
        for (long fax : new long[] {1, 3}) {
            TaskView task = get(fax);
            assertEquals("fax", task.queue);
            assertEquals(TaskState.READY, task.state);
            assertEquals(0, task.attempts);
        }
        worker.grant(Rights.ALL);
        reserve(3, "fax");
        Delivery again = new Deliveries().wrap(worker.only(), 0).first();
        assertTrue(again.next());
        assertEquals(1, again.taskId(), "in front again, as it was");
        assertTrue(again.next());
        assertEquals(3, again.taskId());
    }

    @Test
    void shouldRefuseWhenNothingIsCovered() {
        reserve(2, "mail");
        worker.grant(Rights.NONE);
        submit("mail");
        ErrorReply refused = new ErrorReply().wrap(worker.only(), 0);
        assertEquals(ErrorCode.FORBIDDEN, refused.code());
        assertEquals(2, refused.requestId());
        assertEquals(0, get(1).attempts);
    }

    @Test
    void shouldTakeNoReserveThatGoesOnUnderOtherRights() {
        worker.grant(onlyFor("mail"));
        reserve(2, "mail", "fax");
        assertEquals(
                ErrorCode.FORBIDDEN, new ErrorReply().wrap(worker.only(), 0).code());
    }

    @Test
    void shouldNotTellWhatIsInAQueueThatIsCoveredNoMore() {
        submit("mail");
        worker.grant(onlyFor("fax"));
        for (FrameWriter question : List.of(
                ListTasks.write(new FrameWriter(), 5, 0, 10, 0, "mail", ""),
                DlqList.write(new FrameWriter(), 5, new DlqList.Page(10, false), DlqFilter.queue("mail")),
                DlqGroups.write(new FrameWriter(), 5, 10, DlqFilter.queue("mail"), false),
                Why.write(new FrameWriter(), 5, 1),
                History.write(new FrameWriter(), 5, 1))) {
            agent.send(worker, question);
            ErrorReply refused = new ErrorReply().wrap(worker.only(), 0);
            assertEquals(ErrorCode.FORBIDDEN, refused.code());
            assertEquals(5, refused.requestId());
            worker.frames.clear();
        }
        agent.send(worker, ListTasks.write(new FrameWriter(), 6, 0, 10, 0, "fax", ""));
        assertEquals(MessageType.TASKS.code(), Frame.typeCode(worker.only(), 0));
    }

    @Test
    void shouldFindOnlyWhatIsCovered() {
        submit("fax", "mail", "fax");
        worker.grant(onlyFor("mail"));
        for (String query : List.of("", "secret", "type:t", "queue:f*")) {
            agent.send(worker, Search.write(new FrameWriter(), 7, 0, 10, SearchQuery.parse(query)));
            Tasks found = new Tasks().wrap(worker.only(), 0);
            assertEquals(query.startsWith("queue") ? 0 : 1, found.count(), query);
            worker.frames.clear();
        }
    }
}
