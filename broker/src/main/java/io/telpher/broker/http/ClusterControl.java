package io.telpher.broker.http;

import io.telpher.broker.cluster.ClusterStatus;
import java.io.IOException;

/** The cluster that this broker is a node of, for operators. Any thread. */
public interface ClusterControl {
    ClusterStatus status() throws IOException;

    /**
     * Begins to have another node lead; {@link #status} says when it does.
     *
     * @param to its id; empty = any that is up to date
     * @return false: it was asked for before, and goes on
     */
    boolean transfer(String to);
}
