/** Keyed and unkeyed hashes. */
@NullMarked
package io.telpher.broker.core.hash;

import org.jspecify.annotations.NullMarked;
