/** The command line: {@code broker} and {@code tq}. */
@NullMarked
package io.telpher.broker.cli;

import org.jspecify.annotations.NullMarked;
