/** What operators do with dead letters. */
@NullMarked
package io.telpher.broker.core.command.deadletter;

import org.jspecify.annotations.NullMarked;
