/** Several machines agree on the order of records: the only place that knows the Raft library. */
@NullMarked
package org.apache.ratis.util;

import org.jspecify.annotations.NullMarked;
