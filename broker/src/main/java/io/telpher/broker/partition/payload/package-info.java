/** Payloads of tasks: read from the journal, and patched as JSON. */
@NullMarked
package io.telpher.broker.partition.payload;

import org.jspecify.annotations.NullMarked;
