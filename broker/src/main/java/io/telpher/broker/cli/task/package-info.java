/** Commands about tasks and those who work on them. */
@NullMarked
package io.telpher.broker.cli.task;

import org.jspecify.annotations.NullMarked;
