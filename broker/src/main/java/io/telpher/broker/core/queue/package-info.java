/** A queue's parts: what is ready in which order, what is dead, who waits; leases and sessions; the table of tasks, and the copies a snapshot takes of all of it. */
@NullMarked
package io.telpher.broker.core.queue;

import org.jspecify.annotations.NullMarked;
