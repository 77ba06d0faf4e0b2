/** Torture of the real process: faults from outside, a history of what clients saw, and a checker that judges it afterwards. */
@NullMarked
package io.telpher.broker.torture;

import org.jspecify.annotations.NullMarked;
