package io.telpher.protocol;

/** What is done to dead tasks, chosen by their ids or by a filter: {@link DlqReplay}, {@link DlqDiscard}. */
public abstract sealed class DlqCommand extends Message permits DlqReplay, DlqDiscard {
    private static final int TIMES = 16;
    private static final int IDS = 3;

    DlqCommand(MessageType type) {
        super(type);
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
