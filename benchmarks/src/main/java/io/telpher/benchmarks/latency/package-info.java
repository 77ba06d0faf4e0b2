/** Latency over time, with what the broker, the disk and the machine did meanwhile. */
@NullMarked
package io.telpher.benchmarks.latency;

import org.jspecify.annotations.NullMarked;
