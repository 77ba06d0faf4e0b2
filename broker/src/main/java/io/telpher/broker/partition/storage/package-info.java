/** What a partition does about its disk and heap: room that is short, files that are nearly empty, how much memory tasks take. */
@NullMarked
package io.telpher.broker.partition.storage;

import org.jspecify.annotations.NullMarked;
