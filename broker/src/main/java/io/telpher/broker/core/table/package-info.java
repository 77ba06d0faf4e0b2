/** Rows, lines and indexes: the memory that the state lies in. */
@NullMarked
package io.telpher.broker.core.table;

import org.jspecify.annotations.NullMarked;
