/** Telpher beside other brokers: the same work through each of them in turn. */
@NullMarked
package io.telpher.benchmarks.rivals;

import org.jspecify.annotations.NullMarked;
