package io.telpher.broker.journal;

/** Takes records in the order they were appended. */
@FunctionalInterface
public interface RecordHandler {
    /** @param record valid only during the call */
    void onRecord(Record record);
}
