/** The partition's thread: takes frames in, journals them, applies what the journal hands back, sends the replies. */
@NullMarked
package io.telpher.broker.partition;

import org.jspecify.annotations.NullMarked;
