package io.telpher.protocol.deadletter;

import io.telpher.protocol.frame.Frame;
import io.telpher.protocol.frame.FrameWriter;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.frame.MessageType;
import java.nio.ByteBuffer;

/** What is done to dead tasks, chosen by their ids or by a filter: {@link DlqReplay}, {@link DlqDiscard}. */
public abstract sealed class DlqCommand extends Message permits DlqReplay, DlqDiscard {
    private static final int TIMES = 16;
    private static final int IDS = 3;

    DlqCommand(MessageType type) {
        super(type);
    }

    /** @param offset of a DLQ_REPLAY or DLQ_DISCARD */
    public static DlqCommand of(ByteBuffer buffer, int offset) {
        return Frame.typeCode(buffer, offset) == MessageType.DLQ_REPLAY.code()
                ? new DlqReplay().wrap(buffer, offset)
                : new DlqDiscard().wrap(buffer, offset);
    }

    /** Writes the same command with other options, for these tasks. */
    public abstract FrameWriter write(FrameWriter out, DlqReplay.Options options, long[] taskIds);

    /** It may take a while: the broker does it by itself, a piece at a time. */
    public boolean isRun() {
        return options().isRun();
    }

    public abstract DlqReplay.Options options();

    public final DlqFilter filter() {
        return DlqFilter.of(this, u8(9) != 0, TIMES);
    }

    /** Empty = by the filter. */
    public final long[] taskIds() {
        return ids(IDS);
    }

    @Override
    public String detail() {
        DlqFilter filter = filter();
        int ids = taskIds().length;
        String which = ids > 0
                ? ids + " by id"
                : "type \"" + filter.taskType() + "\", error \"" + filter.error() + "\", limit "
                        + options().limit();
        return options().dryRun() ? which + ", dry run" : which;
    }
}
