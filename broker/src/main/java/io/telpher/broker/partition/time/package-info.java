/** The broker's clock beside the wall clock. */
@NullMarked
package io.telpher.broker.partition.time;

import org.jspecify.annotations.NullMarked;
