/** {@code tq bench}: load for a broker that is there. */
@NullMarked
package io.telpher.broker.cli.bench;

import org.jspecify.annotations.NullMarked;
