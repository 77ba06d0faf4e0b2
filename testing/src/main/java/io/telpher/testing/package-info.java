/** What the tests of several modules share. */
@NullMarked
package io.telpher.testing;

import org.jspecify.annotations.NullMarked;
