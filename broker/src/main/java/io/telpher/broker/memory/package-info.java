/** How the memory outside the heap is shared out. */
@NullMarked
package io.telpher.broker.memory;

import org.jspecify.annotations.NullMarked;
