/** What Spring Boot sets up by itself. */
@org.jspecify.annotations.NullMarked
package io.telpher.spring.boot;
