/** What a partition answers, and what it owes other partitions. */
@NullMarked
package io.telpher.broker.partition.reply;

import org.jspecify.annotations.NullMarked;
