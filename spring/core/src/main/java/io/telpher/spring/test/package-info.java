/** For the tests of Spring Boot applications. */
@org.jspecify.annotations.NullMarked
package io.telpher.spring.test;
