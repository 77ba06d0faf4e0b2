/** Deadlines on a hierarchical timing wheel. */
@NullMarked
package io.telpher.broker.core.time;

import org.jspecify.annotations.NullMarked;
