/** Threads beside the partitions' own, and what becomes of their failures: none ends in silence. */
@NullMarked
package io.telpher.broker.thread;

import org.jspecify.annotations.NullMarked;
