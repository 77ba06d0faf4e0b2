/** What the broker itself has journaled. */
@NullMarked
package io.telpher.broker.core.command.record;

import org.jspecify.annotations.NullMarked;
