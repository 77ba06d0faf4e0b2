package io.telpher.broker.partition.routing;

import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.QueueName;
import io.telpher.protocol.TaskId;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.MessageType;
import io.telpher.protocol.frame.QueueNames;
import java.nio.ByteBuffer;

/** Which partition a command or query is for. Not thread-safe. */
final class Routes {
    /** Not one alone. */
    static final int SEVERAL = -1;

    private final int partitions;
    private final QueueNames names = new QueueNames();

    Routes(int partitions) {
        this.partitions = partitions;
    }

    int partitionOf(ByteBuffer buffer, int offset) {
        MessageType type = MessageType.known(Frame.typeCode(buffer, offset));
        return switch (type.subject()) {
            case QUEUES -> isOfAll(type, buffer, offset) ? SEVERAL : ofNames(buffer, offset, SEVERAL);
            case TASK -> ofNames(buffer, offset, ofTask(type.taskId(buffer, offset)));
            case QUEUE_OR_ALL, QUEUE_OR_VISIBLE, TASKS -> {
                long[] ids = type.taskIds(buffer, offset);
                yield ids.length > 0 ? ofIds(ids) : ofFilter(type, buffer, offset);
            }
            case BROKER, VISIBLE -> SEVERAL;
            case NONE -> throw new IllegalStateException("there is no route for " + type);
        };
    }

    /** Any partition can say that there is no task with this id. */
    int ofTask(long taskId) {
        int partition = TaskId.partition(taskId);
        return partition < partitions ? partition : 0;
    }

    int ofQueue(String queue) {
        return Placement.of(queue, partitions);
    }

    /** The policy of {@code default} holds in all. */
    private boolean isOfAll(MessageType type, ByteBuffer buffer, int offset) {
        names.wrap(buffer, offset);
        return type == MessageType.PUT_QUEUE && names.next() && names.text().equals(QueueName.DEFAULT);
    }

    private int ofFilter(MessageType type, ByteBuffer buffer, int offset) {
        names.wrap(buffer, offset);
        boolean isNamed = type.subject() != MessageType.Subject.TASKS && names.next() && names.length() > 0;
        return isNamed ? Placement.of(buffer, names.offset(), names.length(), partitions) : SEVERAL;
    }

    private int ofIds(long[] ids) {
        int first = ofTask(ids[0]);
        for (long id : ids) {
            if (ofTask(id) != first) {
                return SEVERAL;
            }
        }
        return first;
    }

    /** @param home where one of them has to live, too; {@link #SEVERAL} = anywhere */
    private int ofNames(ByteBuffer buffer, int offset, int home) {
        names.wrap(buffer, offset);
        int first = home;
        while (names.next()) {
            int partition = Placement.of(buffer, names.offset(), names.length(), partitions);
            if (first != SEVERAL && partition != first) {
                return SEVERAL;
            }
            first = partition;
        }
        return first;
    }

    /** Of a frame that names queues: where the first of them lives. */
    int partitionOfFirst(ByteBuffer buffer, int offset) {
        names.wrap(buffer, offset);
        return names.next() ? Placement.of(buffer, names.offset(), names.length(), partitions) : 0;
    }

    /** By partition, whether some of the queues that it names live there. */
    boolean[] partitionsOf(ByteBuffer buffer, int offset) {
        boolean[] there = new boolean[partitions];
        names.wrap(buffer, offset);
        while (names.next()) {
            there[Placement.of(buffer, names.offset(), names.length(), partitions)] = true;
        }
        return there;
    }
}
