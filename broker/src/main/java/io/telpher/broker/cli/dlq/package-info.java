/** Commands about dead letters. */
@NullMarked
package io.telpher.broker.cli.dlq;

import org.jspecify.annotations.NullMarked;
