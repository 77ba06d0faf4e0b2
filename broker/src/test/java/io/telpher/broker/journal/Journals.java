package io.telpher.broker.journal;

import java.io.IOException;

/** Opens journals in one call. */
public final class Journals {
    private Journals() {}

    /** Every record that is there is replayed. */
    public static ChronicleJournal open(JournalOptions options, Replay replay) throws IOException {
        return open(options, JournalStart.BEGINNING, replay);
    }

    public static ChronicleJournal open(JournalOptions options, JournalStart start, Replay replay) throws IOException {
        return open(ClosedJournal.take(options), start, replay);
    }

    static ChronicleJournal open(JournalOptions options, Replay replay, ChannelOpener opener) throws IOException {
        return open(ClosedJournal.take(options, opener), JournalStart.BEGINNING, replay);
    }

    private static ChronicleJournal open(ClosedJournal taken, JournalStart start, Replay replay) throws IOException {
        try (taken) {
            taken.replay(start, replay);
            return taken.open();
        }
    }
}
