/** What takes more than one record and goes on by itself: replays of dead letters, purges, what a closed connection held. */
@NullMarked
package io.telpher.broker.partition.run;

import org.jspecify.annotations.NullMarked;
