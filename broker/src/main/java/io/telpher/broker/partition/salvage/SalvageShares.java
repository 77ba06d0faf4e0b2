package io.telpher.broker.partition.salvage;

import io.telpher.broker.core.state.Placement;
import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.task.Submit;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a batch or acknowledgement from behind the damage, without those that another partition has already. Under which number it got them is
 * not known, since records are missing that had numbers, too; but their bytes are.
 */
final class SalvageShares {
    private final Placement placement;
    private final SalvageTaken taken;
    private final List<Long> given;
    private final FrameWriter left = new FrameWriter();
    private final Submit submit = new Submit();
    private int own;
    private int owed;
    private int had;

    /** @param given by partition, the last number under which it was given something before the damage */
    SalvageShares(Placement placement, SalvageTaken taken, List<Long> given) {
        this.placement = placement;
        this.taken = taken;
        this.given = given;
    }

    /**
     * Returns the SUBMIT frames that are to be made, in their order.
     *
     * @param frames gives those of the record, from the first one on each time
     */
    FrameWriter leave(Supplier<Frames> frames) {
        SalvageTaken.@Nullable Content[] shares = shares(frames.get());
        boolean[] isThere = new boolean[shares.length];
        for (int target = 0; target < shares.length; target++) {
            SalvageTaken.Content share = shares[target];
            isThere[target] = share != null && taken.find(target, placement.partition(), given.get(target), share);
        }
        own = 0;
        owed = 0;
        had = 0;
        left.clear();
        Frames tasks = frames.get();
        while (tasks.next()) {
            int target = targetOf(tasks);
            if (isThere[target]) {
                had++;
                continue;
            }
            own += target == placement.partition() ? 1 : 0;
            owed += target == placement.partition() ? 0 : 1;
            int end = tasks.offset() + (int) Frame.bytes(tasks.buffer(), tasks.offset());
            left.raw(tasks.buffer().duplicate().limit(end).position(tasks.offset()));
        }
        return left;
    }

    private SalvageTaken.@Nullable Content[] shares(Frames tasks) {
        SalvageTaken.@Nullable Content[] shares = new SalvageTaken.Content[placement.partitions()];
        while (tasks.next()) {
            int target = targetOf(tasks);
            if (target != placement.partition()) {
                SalvageTaken.Content share = shares[target];
                if (share == null) {
                    share = new SalvageTaken.Content();
                    shares[target] = share;
                }
                share.add(tasks.buffer(), tasks.offset());
            }
        }
        return shares;
    }

    private int targetOf(Frames tasks) {
        submit.wrap(tasks.buffer(), tasks.offset());
        return placement.of(submit.buffer(), submit.queueOffset(), submit.queueLength());
    }

    /** Tasks left for this partition. */
    int own() {
        return own;
    }

    /** Tasks left for others. */
    int owed() {
        return owed;
    }

    /** Tasks that others have. */
    int had() {
        return had;
    }
}
