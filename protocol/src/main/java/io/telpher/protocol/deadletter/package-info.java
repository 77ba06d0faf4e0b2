/** Dead letters: lists, groups by kind of error, replays. */
@NullMarked
package io.telpher.protocol.deadletter;

import org.jspecify.annotations.NullMarked;
