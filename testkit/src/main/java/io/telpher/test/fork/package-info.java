/** What runs in the forked process: the only place that sees the broker. */
@org.jspecify.annotations.NullMarked
package io.telpher.test.fork;
