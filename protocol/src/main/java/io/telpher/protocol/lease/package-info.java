/** What a worker says and gets: reserves, deliveries, and how each attempt ends. */
@NullMarked
package io.telpher.protocol.lease;

import org.jspecify.annotations.NullMarked;
