/** Telpher's client: submit tasks, work on them, look after queues. Needs nothing but Netty's handler jar, 4.1 or 4.2. */
@NullMarked
package io.telpher.client;

import org.jspecify.annotations.NullMarked;
