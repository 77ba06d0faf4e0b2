/** What comes in: its turn, its refusal, or its place in the next batch. */
@NullMarked
package io.telpher.broker.partition.intake;

import org.jspecify.annotations.NullMarked;
