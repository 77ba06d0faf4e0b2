/** {@code tq top}: figures that change while one looks. */
@NullMarked
package io.telpher.broker.cli.top;

import org.jspecify.annotations.NullMarked;
