package io.telpher.broker.core.state;

import io.telpher.broker.core.hash.KeyHash;
import io.telpher.protocol.task.Submit;

/** A submit that was found acceptable, about to become a task. Reused. */
public final class Arrival {
    public final Submit submit = new Submit();
    public final KeyHash key = new KeyHash();
    public boolean hasKey;
    /** Of the SUBMIT frame. */
    public long location;

    public int crc;
}
