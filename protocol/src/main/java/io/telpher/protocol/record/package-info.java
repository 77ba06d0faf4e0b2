/** What only the journal carries, written by the broker itself and refused from the network, and the reader of any frame, which needs all of them. */
@NullMarked
package io.telpher.protocol.record;

import org.jspecify.annotations.NullMarked;
