/** Several machines agree on the order of records: the only place that knows the Raft library. */
@NullMarked
package io.telpher.broker.cluster;

import org.jspecify.annotations.NullMarked;
