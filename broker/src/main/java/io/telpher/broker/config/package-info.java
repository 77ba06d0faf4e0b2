/** Where a broker's configuration comes from, and what is wrong with it. */
@NullMarked
package io.telpher.broker.config;

import org.jspecify.annotations.NullMarked;
