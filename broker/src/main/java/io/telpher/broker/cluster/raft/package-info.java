/** Raft's library on this machine: its server with the one group, and requests to it. */
@NullMarked
package io.telpher.broker.cluster.raft;

import org.jspecify.annotations.NullMarked;
