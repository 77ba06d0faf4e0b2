package io.telpher.broker.journal;

/**
 * The order of a partition's records. Append, <em>then</em> poll: nothing is applied until the log hands it back. All methods belong to
 * the partition's thread.
 *
 * <p>Any failure is final: every later call throws {@link JournalException}, and nothing that was not released before ever is.
 */
public interface Log {
    /** Returned by {@link #append} when too much is appended and not yet polled; poll, then try again. */
    long BACK_PRESSURED = -1;

    /** See {@link #epoch}. */
    long NO_EPOCH = 0;

    /** An empty batch to fill; it belongs to the caller until appended. */
    Batch newBatch();

    /**
     * Appends the batch. It is made durable from here or from the next {@link #poll} on, which must follow.
     *
     * @return the sequence of its last record, or {@link #BACK_PRESSURED}: the batch still belongs to the caller
     */
    long append(Batch batch);

    /**
     * Hands over the records of released batches: those of which every promise can be kept. May sync a little itself.
     *
     * @return 0 when there was nothing: nothing else is there until something is released
     */
    int poll(RecordHandler handler, int batchesMax);

    /** The last syncs took so little that a thread which has others to serve, too, may {@link #poll}. Any thread. */
    boolean isQuick();

    /** Of the last record appended; 0 before the first. */
    long appendedSequence();

    /** Of the last record that was released and handed over; 0 before the first. */
    long releasedSequence();

    /**
     * Of the leadership that appends: greater than any before it on the same log. Leases and sessions are told apart by it, as NEW_TERM says. A
     * journal of one machine begins one with each run; a log that several machines agree on says {@link #NO_EPOCH} while this one does not lead.
     */
    long epoch();

    /**
     * What an answer from this machine's memory has to wait for: the number that {@link #provenReads} reaches when it is certain that this machine led at some time after this
     * call, so that no other one had confirmed anything before it that is not known here. 0 = nothing, it leads anyhow.
     */
    default long proveRead() {
        return 0;
    }

    /** See {@link #proveRead}. */
    default long provenReads() {
        return 0;
    }
}
