/** Figures of runs: files of them, tables, plots, and how two files compare. */
@NullMarked
package io.telpher.benchmarks.report;

import org.jspecify.annotations.NullMarked;
