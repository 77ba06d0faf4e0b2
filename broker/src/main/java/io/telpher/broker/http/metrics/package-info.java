/** What {@code /metrics} shows. */
@NullMarked
package io.telpher.broker.http.metrics;

import org.jspecify.annotations.NullMarked;
