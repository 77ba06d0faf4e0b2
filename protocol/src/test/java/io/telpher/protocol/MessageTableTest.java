package io.telpher.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.telpher.protocol.deadletter.DlqCommand;
import io.telpher.protocol.deadletter.DlqGroups;
import io.telpher.protocol.deadletter.DlqList;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameValidator;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.MessageType.Kind;
import io.telpher.protocol.frame.MessageType.Salvage;
import io.telpher.protocol.frame.MessageType.Subject;
import io.telpher.protocol.frame.QueueNames;
import io.telpher.protocol.lease.Ack;
import io.telpher.protocol.lease.Reserve;
import io.telpher.protocol.queue.ListQueues;
import io.telpher.protocol.record.MessageReader;
import io.telpher.protocol.task.Reschedule;
import io.telpher.protocol.task.Submit;
import io.telpher.protocol.task.SubmitBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each message has a whole row, and what a row says is what it said before: {@code protocol/src/test/messages/table.txt} has all of them. */
class MessageTableTest {
    private static final Path KNOWN = Path.of("src/test/messages/table.txt");
    private static final Set<Kind> CLIENTS = EnumSet.of(Kind.COMMAND, Kind.QUERY);

    private static String row(MessageType type) {
        List<String> words = new ArrayList<>(List.of(
                type.name(),
                type.kind().name(),
                type.roles().toString(),
                type.subject().name(),
                type.salvage().name()));
        add(words, type.isDurable(), "durable");
        add(words, type.isAudited(), "audited");
        add(words, type.isRead(), "read");
        add(words, type.showsTasks(), "shows tasks");
        add(words, type.isSigned(), "signed");
        add(words, type.isBehindAll(), "behind all");
        add(words, type.makesQueues(), "makes queues");
        add(words, type.hasNewTasks(), "has new tasks");
        for (int field = 0; field < type.varFields(); field++) {
            MessageType held = type.heldIn(field);
            add(words, held != null, "holds " + held + " in " + field + (type.heldGap() > 0 ? " with a header" : ""));
        }
        return String.join(", ", words);
    }

    private static void add(List<String> words, boolean is, String word) {
        if (is) {
            words.add(word);
        }
    }

    @Test
    void shouldSayOfEachMessageWhatIsKnown() throws IOException {
        List<String> rows = new ArrayList<>();
        for (MessageType type : MessageType.values()) {
            rows.add(row(type));
        }
        Path now = Files.write(Path.of("target/table.txt"), rows);
        assertEquals(Files.readString(KNOWN), Files.readString(now), () -> "as it is now: " + now.toAbsolutePath());
    }

    @ParameterizedTest
    @EnumSource(MessageType.class)
    void shouldHaveAWholeRow(MessageType type) {
        assertSame(
                type,
                new MessageReader()
                        .read(ByteBuffer.wrap(new ValidFrames().least(type)).order(ByteOrder.LITTLE_ENDIAN), 0)
                        .type());
        if (CLIENTS.contains(type.kind())) {
            assertFalse(type.roles().isEmpty(), "who may send it");
            assertNotEquals(Subject.NONE, type.subject(), "what it is about");
        } else {
            assertEquals(Subject.NONE, type.subject());
            assertEquals(type.kind() == Kind.SESSION ? EnumSet.allOf(Role.class) : Set.of(), type.roles());
        }
        boolean isRecord = type.kind() == Kind.COMMAND || type.kind() == Kind.INTERNAL;
        assertTrue(isRecord || type.salvage() == Salvage.DROP, "it is never in a journal");
        assertTrue(isRecord || type.isDurable() && !type.isSigned() && !type.makesQueues(), "it is never journaled");
        assertTrue(type.kind() == Kind.QUERY || !type.isBehindAll(), "only a question waits for others");
    }

    /** Frames of older senders, too, who do not know all fields. */
    @ParameterizedTest
    @EnumSource(MessageType.class)
    void shouldSayWhoGivesASignedCommand(MessageType type) {
        if (!type.isSigned()) {
            return;
        }
        byte[] most = new ValidFrames().most(type);
        for (byte[] sent : List.of(most, new ValidFrames().least(type), oldest(type, most))) {
            ByteBuffer frame = ByteBuffer.wrap(sent).order(ByteOrder.LITTLE_ENDIAN);
            assertNull(FrameValidator.structure(frame, 0, sent.length));
            ByteBuffer signed = new FrameWriter().signed(frame, 0, "ops").written();
            assertNull(FrameValidator.structure(signed, 0, signed.limit()));
            Message before = new MessageReader().read(frame, 0);
            Message after = new MessageReader().read(signed, 0);
            assertEquals(before.requestId(), after.requestId());
            assertEquals(before.u8(0), after.u8(0));
            assertEquals(before.string(0), after.string(0));
            assertEquals(before.string(1), after.string(1));
            assertEquals("ops", after.string(2));
        }
    }

    /** The frame as the first version of its sender wrote it, without the var fields that came later. */
    private static byte[] oldest(MessageType type, byte[] frame) {
        ByteBuffer in = ByteBuffer.wrap(frame.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int end = Frame.HEADER_BYTES + Frame.blockLength(in, 0);
        for (int field = 0; field < type.varFieldsMin(); field++) {
            end += Frame.LENGTH_BYTES + in.getInt(end);
        }
        in.putInt(0, end - Frame.LENGTH_BYTES);
        return Arrays.copyOf(in.array(), end);
    }

    /** Where the table says that names and ids lie, the readers find them too. */
    @ParameterizedTest
    @EnumSource(MessageType.class)
    void shouldFindItsSubject(MessageType type) {
        ByteBuffer frame = ByteBuffer.wrap(new ValidFrames().most(type)).order(ByteOrder.LITTLE_ENDIAN);
        Message message = new MessageReader().read(frame, 0);
        assertEquals(names(message), found(frame));
        if (message instanceof DlqCommand command) {
            assertEquals(List.of(boxed(command.taskIds())), List.of(boxed(type.taskIds(frame, 0))));
        } else if (message instanceof Reschedule reschedule) {
            assertEquals(boxed(reschedule.taskIds()), boxed(type.taskIds(frame, 0)));
        } else {
            assertEquals(0, type.taskIds(frame, 0).length);
        }
    }

    private static List<Long> boxed(long[] ids) {
        List<Long> list = new ArrayList<>();
        for (long id : ids) {
            list.add(id);
        }
        return list;
    }

    private static List<String> found(ByteBuffer frame) {
        List<String> found = new ArrayList<>();
        QueueNames names = new QueueNames().wrap(frame, 0);
        while (names.next()) {
            found.add(names.text());
        }
        return found;
    }

    private static List<String> names(Message message) {
        if (message instanceof Reserve reserve) {
            List<String> queues = new ArrayList<>();
            Elements elements = reserve.queues();
            while (elements.next()) {
                queues.add(elements.text());
            }
            return queues;
        } else if (message instanceof SubmitBatch batch) {
            return names(batch.tasks());
        } else if (message instanceof Ack ack) {
            return names(ack.followUps());
        } else if (message instanceof DlqCommand command) {
            return List.of(command.filter().queue());
        } else if (message instanceof DlqList list) {
            return List.of(list.filter().queue());
        } else if (message instanceof DlqGroups groups) {
            return List.of(groups.filter().queue());
        }
        return message instanceof ListQueues || message.type().kind() == Kind.REPLY ? List.of() : queueOf(message);
    }

    private static List<String> names(Frames tasks) {
        List<String> queues = new ArrayList<>();
        while (tasks.next()) {
            queues.add(new Submit().wrap(tasks.buffer(), tasks.offset()).queue());
        }
        return queues;
    }

    /** What its accessor {@code queue()} says, where it has one. */
    private static List<String> queueOf(Message message) {
        try {
            return List.of((String) message.getClass().getMethod("queue").invoke(message));
        } catch (NoSuchMethodException e) {
            return List.of();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
