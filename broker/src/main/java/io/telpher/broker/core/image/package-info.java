/** The state as the blocks of a snapshot, and back; its hash and its sizes. */
@NullMarked
package io.telpher.broker.core.image;

import org.jspecify.annotations.NullMarked;
