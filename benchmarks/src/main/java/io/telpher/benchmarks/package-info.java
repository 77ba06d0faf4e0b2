@NullMarked
package io.telpher.benchmarks;

import org.jspecify.annotations.NullMarked;
