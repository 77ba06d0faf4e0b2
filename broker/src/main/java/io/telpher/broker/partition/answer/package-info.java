/** Answers to queries, at once, in pieces, or when what they wait for has come. */
@NullMarked
package io.telpher.broker.partition.answer;

import org.jspecify.annotations.NullMarked;
