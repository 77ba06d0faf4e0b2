/** Those who ask a partition: their sessions and rights, and what each may hold. */
@NullMarked
package io.telpher.broker.partition.session;

import org.jspecify.annotations.NullMarked;
