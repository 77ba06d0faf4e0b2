/** What is between two sides of a connection: greeting, keepalive, farewell, and answers that any request may get. */
@NullMarked
package io.telpher.protocol.session;

import org.jspecify.annotations.NullMarked;
