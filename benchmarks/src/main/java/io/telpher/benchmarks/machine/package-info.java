/** What the machine and a process did: CPU, steal, memory, bytes written, sync calls. */
@NullMarked
package io.telpher.benchmarks.machine;

import org.jspecify.annotations.NullMarked;
