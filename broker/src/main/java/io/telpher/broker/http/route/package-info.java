/** Which path means what: each turns a request into a call, and a reply into JSON. */
@NullMarked
package io.telpher.broker.http.route;

import org.jspecify.annotations.NullMarked;
