/** New tasks, and what changes those that wait. */
@NullMarked
package io.telpher.broker.core.command.task;

import org.jspecify.annotations.NullMarked;
