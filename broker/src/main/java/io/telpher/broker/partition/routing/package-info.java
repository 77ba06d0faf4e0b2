/** Several partitions as one: to which a frame goes, and what several are asked. */
@NullMarked
package io.telpher.broker.partition.routing;

import org.jspecify.annotations.NullMarked;
