/** Queues: their policy, figures, pauses and notes. */
@NullMarked
package io.telpher.protocol.queue;

import org.jspecify.annotations.NullMarked;
