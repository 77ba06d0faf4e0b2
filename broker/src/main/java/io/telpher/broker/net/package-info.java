/** The binary protocol over TCP: frames in, checked; replies out. */
@NullMarked
package io.telpher.broker.net;

import org.jspecify.annotations.NullMarked;
