/** What a data directory holds. */
@NullMarked
package io.telpher.broker.files;

import org.jspecify.annotations.NullMarked;
