/** One handler per command, and what they answer through. */
@NullMarked
package io.telpher.broker.core.command;

import org.jspecify.annotations.NullMarked;
