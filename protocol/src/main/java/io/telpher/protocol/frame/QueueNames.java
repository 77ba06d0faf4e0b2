package io.telpher.protocol.frame;

import io.telpher.protocol.Utf8;
import java.nio.ByteBuffer;

/**
 * Walks the names of the queues that a frame is about, wherever its type has them: in its first var field, in a list, or in the tasks that it carries. Of a
 * task's or the broker's there are none. It copies nothing. Not thread-safe, made to be reused.
 *
 * <pre>{@code
 * var frame = Submit.write(new FrameWriter(), 1, TaskSpec.type("mail").queue("mails")).written();
 * QueueNames names = new QueueNames().wrap(frame, 0);
 * while (names.next()) {
 *     System.out.println("a name of " + names.length() + " bytes at " + names.offset());
 * }
 * }</pre>
 */
public final class QueueNames {
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private boolean inTasks;
    private int next;
    private int end;
    private int offset;
    private int length;

    /** @param frameOffset of a frame that {@link FrameValidator#structure} accepted */
    public QueueNames wrap(ByteBuffer frames, int frameOffset) {
        MessageType type = MessageType.known(Frame.typeCode(frames, frameOffset));
        buffer = frames;
        inTasks = type.hasNewTasks();
        next = 0;
        end = 0;
        boolean hasNames =
                switch (type.subject()) {
                    case QUEUES, QUEUE_OR_ALL, QUEUE_OR_VISIBLE -> true;
                    case TASK -> inTasks;
                    case NONE, BROKER, VISIBLE, TASKS -> false;
                };
        if (hasNames) {
            int field = Frame.varOffset(frames, frameOffset, type.namesField());
            // A var field with its length is itself a list of one.
            boolean isList = inTasks || type.namesField() > 0;
            next = isList ? field + Frame.LENGTH_BYTES : field;
            end = field + Frame.LENGTH_BYTES + frames.getInt(field);
        }
        return this;
    }

    /** Moves to the next name; false when there are no more. */
    public boolean next() {
        if (next >= end) {
            return false;
        }
        int at = inTasks ? Frame.varOffset(buffer, next, 0) : next;
        length = buffer.getInt(at);
        offset = at + Frame.LENGTH_BYTES;
        next = inTasks ? next + (int) Frame.bytes(buffer, next) : offset + length;
        return true;
    }

    /** Where the name lies in the buffer. */
    public int offset() {
        return offset;
    }

    /** In bytes; 0 where a name may be left out and is. */
    public int length() {
        return length;
    }

    public String text() {
        return Utf8.text(buffer, offset, length);
    }
}
