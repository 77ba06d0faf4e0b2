/** Deliveries, and how each attempt ends. */
@NullMarked
package io.telpher.broker.core.command.lease;

import org.jspecify.annotations.NullMarked;
