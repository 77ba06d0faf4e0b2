/** A request before it is routed: head, target, limits, where it comes from. */
@NullMarked
package io.telpher.broker.http.request;

import org.jspecify.annotations.NullMarked;
