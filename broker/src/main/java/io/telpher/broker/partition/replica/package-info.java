/** What every copy of a partition is made of and does, whether it leads or follows. */
@NullMarked
package io.telpher.broker.partition.replica;

import org.jspecify.annotations.NullMarked;
