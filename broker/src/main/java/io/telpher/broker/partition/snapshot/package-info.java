/** Snapshots as files: written, read, verified, kept and deleted; and a recovery from them. */
@NullMarked
package io.telpher.broker.partition.snapshot;

import org.jspecify.annotations.NullMarked;
