/** What a data directory holds, and small files in it that outlast a power cut. */
@NullMarked
package io.telpher.broker.files;

import org.jspecify.annotations.NullMarked;
