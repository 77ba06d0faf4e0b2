package io.telpher.broker.partition.deadletter;

import io.telpher.protocol.deadletter.DlqRun;

/** A replay or discard that several partitions have a part of, as one of these sees it. */
public interface WholeRun {
    /** Of all its parts. */
    long id();

    /** This partition's part has ended. */
    void over(int partition, DlqRun.State how, String why);
}
