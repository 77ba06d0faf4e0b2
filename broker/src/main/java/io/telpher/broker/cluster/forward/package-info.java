/** Requests that one node hands to the one that leads. */
@NullMarked
package io.telpher.broker.cluster.forward;

import org.jspecify.annotations.NullMarked;
