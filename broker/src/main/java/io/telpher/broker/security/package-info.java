/** Who is there and what they may do: tokens, certificates, roles, and the record of what was done. */
@NullMarked
package io.telpher.broker.security;

import org.jspecify.annotations.NullMarked;
