package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.Mix;
import io.telpher.broker.core.table.Invariant;
import io.telpher.protocol.QueueName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Which partition of how many this is, and which of them a queue lives in: FNV-1a of 64 bits over the name, mixed by {@link Mix}, modulo
 * their number. It must never change: a queue would be looked for where its tasks are not.
 *
 * @param partition from 0
 */
public record Placement(int partition, int partitions) {
    private static final long FNV_OFFSET = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    public Placement {
        Invariant.check(partitions > 0 && partition >= 0, "a partition without a place");
    }

    /** All queues live in this one. */
    public static Placement alone(int partition) {
        return new Placement(partition, 1);
    }

    public static int of(ByteBuffer name, int offset, int length, int partitions) {
        if (partitions == 1) {
            return 0;
        }
        long hash = FNV_OFFSET;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ name.get(offset + i) & 0xFF) * FNV_PRIME;
        }
        return (int) Long.remainderUnsigned(Mix.mix(hash), partitions);
    }

    public static int of(String queue, int partitions) {
        byte[] name = queue.getBytes(StandardCharsets.UTF_8);
        return of(ByteBuffer.wrap(name), 0, name.length, partitions);
    }

    /** Whether the queue's tasks are here. Every partition knows the queue {@code default}, for its policy; it lives in one. */
    public boolean isHome(String queue) {
        return partitions == 1 || of(queue, partitions) == partition;
    }

    /** Whether this partition keeps the queue's policy. */
    public boolean keepsPolicyOf(String queue) {
        return isHome(queue) || queue.equals(QueueName.DEFAULT);
    }

    /** The partition of the queue with this name. */
    public int of(ByteBuffer name, int offset, int length) {
        return partitions == 1 ? partition : of(name, offset, length, partitions);
    }
}
