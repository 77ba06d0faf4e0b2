/** The pure core: records in, replies out; no clock, no I/O, no thread, no randomness, no logging. */
@NullMarked
package io.telpher.broker.core;

import org.jspecify.annotations.NullMarked;
