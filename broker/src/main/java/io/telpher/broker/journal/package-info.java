/** The append-only journal: batches of records, made durable by group commit, read back in order or by location. */
@NullMarked
package io.telpher.broker.journal;

import org.jspecify.annotations.NullMarked;
