/** Dead letters: looking through them, counting them by fault, replaying them by runs. */
@NullMarked
package io.telpher.broker.partition.deadletter;

import org.jspecify.annotations.NullMarked;
