package io.telpher.protocol;

/**
 * What a side understands beyond the first version: bits of HELLO and WELCOME. The client says all that it has, the broker answers with those of them that it has
 * too. A bit that is not known here is left out. What needs a capability is only sent to a peer that has it.
 */
public final class Capabilities {
    /** Reads frames whose block is longer, and which have more var fields, than it knows. */
    public static final int GROWN_FRAMES = 1;

    /** All that this side has. */
    public static final int OWN = GROWN_FRAMES;

    private Capabilities() {}
}
