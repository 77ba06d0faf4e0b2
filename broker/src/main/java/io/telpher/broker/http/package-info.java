/** The HTTP/JSON API: a client of the binary protocol's frames inside the process. */
@NullMarked
package io.telpher.broker.http;

import org.jspecify.annotations.NullMarked;
