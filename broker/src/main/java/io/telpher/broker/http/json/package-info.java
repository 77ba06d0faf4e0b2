/** JSON and texts of the API: reading with limits, writing, refusing. */
@NullMarked
package io.telpher.broker.http.json;

import org.jspecify.annotations.NullMarked;
