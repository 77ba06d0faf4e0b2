/** How the memory is shared out, in the heap and outside it. */
@NullMarked
package io.telpher.broker.memory;

import org.jspecify.annotations.NullMarked;
