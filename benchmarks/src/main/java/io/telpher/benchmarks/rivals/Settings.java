package io.telpher.benchmarks.rivals;

/**
 * How long and how large the runs are.
 *
 * @param secs measured, of each run
 * @param warm seconds before that
 * @param longWarm seconds before W2-warm is measured
 * @param tasks that wait in W4
 * @param payloadBytes of each task but those of mixed sizes
 */
record Settings(int secs, int warm, int longWarm, int tasks, int payloadBytes) {}
