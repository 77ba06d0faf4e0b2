/** The broker as a whole and its workers, for operators. */
@NullMarked
package io.telpher.protocol.admin;

import org.jspecify.annotations.NullMarked;
