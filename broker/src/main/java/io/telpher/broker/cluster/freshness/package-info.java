/** How old what a node has applied may be. */
@NullMarked
package io.telpher.broker.cluster.freshness;

import org.jspecify.annotations.NullMarked;
