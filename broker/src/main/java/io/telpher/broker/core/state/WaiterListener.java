package io.telpher.broker.core.state;

/** Is told of every reserve that begins or ends to wait, on the partition's thread, while the record is applied. Changes nothing itself. */
public interface WaiterListener {
    /** For a partition without an observer. */
    WaiterListener NONE = (session, waits) -> {};

    /** @param waits false when it waits no more, for whatever reason */
    void waits(long session, boolean waits);
}
