/** The bytes of a snapshot: blocks, each of one kind of entity, written and read piece by piece. No state, no files. */
@NullMarked
package io.telpher.broker.core.snapshot;

import org.jspecify.annotations.NullMarked;
