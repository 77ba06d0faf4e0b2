/** A damaged data directory: what is intact of it is copied into a new one. */
@NullMarked
package io.telpher.broker.partition.salvage;

import org.jspecify.annotations.NullMarked;
