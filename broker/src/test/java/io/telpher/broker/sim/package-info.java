/** The broker on one thread, under clients, clocks and disks that misbehave by a seed. */
@NullMarked
package io.telpher.broker.sim;

import org.jspecify.annotations.NullMarked;
