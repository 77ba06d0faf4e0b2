/** What a request becomes, and what all that answer one are given. */
@NullMarked
package io.telpher.broker.http.call;

import org.jspecify.annotations.NullMarked;
