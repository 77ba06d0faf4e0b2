package io.telpher.broker.http.call;

import io.telpher.broker.cluster.ClusterStatus;
import io.telpher.broker.cluster.InstallGrant;
import io.telpher.broker.cluster.RefusedException;
import io.telpher.broker.cluster.forward.ForwardedCall;
import java.io.IOException;

/** The cluster that this broker is a node of, for operators. Any thread. */
public interface ClusterControl {
    ClusterStatus status() throws IOException;

    /** How old the state is at most that this node has applied; {@code -1} = that can't be said, since it has heard of no leader since its start. */
    long ageNanos();

    /** Hands a request to the node that leads. */
    ForwardedCall forward(byte[] request, ForwardedCall.Ending ending);

    /**
     * Begins to have another node lead; {@link #status} says when it does.
     *
     * @param to its id; empty = any that is up to date
     * @return false: it was asked for before, and goes on
     */
    boolean transfer(String to);

    /**
     * Lets a new disk of a node copy what this one has, which leads; the node becomes a member when a broker starts on it.
     *
     * @param link where its node link will be, {@code host:port}
     * @param replaces whether it comes in the place of the disk that the node has
     */
    InstallGrant admit(String node, String link, boolean replaces) throws IOException, RefusedException;

    /**
     * Has all nodes compare their states; {@link #status} says what came of it.
     *
     * @return the index of the last check before this one, whose is greater
     */
    long verify() throws IOException, RefusedException;

    /**
     * Has this node, which leads, decide by the newest version of the rules that all nodes know; {@link #status} says when it does.
     *
     * @return that version
     */
    int finishUpgrade() throws IOException, RefusedException;

    /** Begins to make a node none of this cluster, which this one leads; {@link #status} says when it is. */
    void remove(String node) throws IOException, RefusedException;
}
