/** Changes of tasks, remembered or read back from the journal. */
@NullMarked
package io.telpher.broker.partition.history;

import org.jspecify.annotations.NullMarked;
