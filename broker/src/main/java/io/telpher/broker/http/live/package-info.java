/** What the page is told as it happens: events, figures, the last hour. */
@NullMarked
package io.telpher.broker.http.live;

import org.jspecify.annotations.NullMarked;
