package io.telpher.broker.journal;

/**
 * Where reading a journal begins.
 *
 * @param place of the last record that is not wanted, because something else holds what it did; 0 = every record is wanted
 * @param location of the batch that ends with that record, as {@link Store#polledLocation} gave it
 * @param leastSequence what the journal has to reach to: the sequence of a record that is known to have been kept
 */
public record JournalStart(long place, long location, long leastSequence) {
    public static final JournalStart BEGINNING = new JournalStart(0, Location.NOWHERE, 0);
}
