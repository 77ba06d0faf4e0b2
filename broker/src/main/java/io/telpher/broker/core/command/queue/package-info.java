/** What operators do with queues. */
@NullMarked
package io.telpher.broker.core.command.queue;

import org.jspecify.annotations.NullMarked;
