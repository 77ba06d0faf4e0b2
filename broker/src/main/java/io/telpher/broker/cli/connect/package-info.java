/** Which broker a command speaks to, and contexts, which keep the answer. */
@NullMarked
package io.telpher.broker.cli.connect;

import org.jspecify.annotations.NullMarked;
