/** Authentication and authorization: tokens, certificates, roles, and the audit log. */
@NullMarked
package io.telpher.broker.security;

import org.jspecify.annotations.NullMarked;
