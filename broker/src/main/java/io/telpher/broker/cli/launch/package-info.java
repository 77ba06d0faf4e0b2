/** The broker as a process: its start, its heap, logs and signals, its configuration, and whether it can run on this machine. */
@NullMarked
package io.telpher.broker.cli.launch;

import org.jspecify.annotations.NullMarked;
