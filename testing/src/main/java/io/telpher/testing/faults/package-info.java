/** Faults that a process is given from outside: a file system whose power can be cut, a wall clock that jumps. */
@NullMarked
package io.telpher.testing.faults;

import org.jspecify.annotations.NullMarked;
