/** Telpher in Spring applications: listeners and the template. */
@org.jspecify.annotations.NullMarked
package io.telpher.spring;
