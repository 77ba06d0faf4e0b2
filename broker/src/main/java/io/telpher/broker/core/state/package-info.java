/** What a partition remembers: tasks, queues, leases, waiters, deadlines. Every change is a verb of these classes. */
@NullMarked
package io.telpher.broker.core.state;

import org.jspecify.annotations.NullMarked;
