/** For the tests of applications that use Telpher. */
@org.jspecify.annotations.NullMarked
package io.telpher.test;
