/** What a node keeps on its disk for its share of the log, beside what Raft's library does itself. */
@NullMarked
package io.telpher.broker.cluster.keeping;

import org.jspecify.annotations.NullMarked;
