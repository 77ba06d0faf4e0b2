package io.telpher.broker.journal;

/**
 * Where reading a journal begins.
 *
 * @param place of the last record that is not wanted, because something else holds what it did; 0 = every record is wanted
 * @param location of the batch that ends with that record, as {@link Store#polledLocation} gave it
 */
public record JournalStart(long place, long location) {
    public static final JournalStart BEGINNING = new JournalStart(0, Location.NOWHERE);
}
