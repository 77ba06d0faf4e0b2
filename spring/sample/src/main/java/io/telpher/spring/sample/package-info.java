/** An application that sends mails: what a Spring Boot application needs for Telpher, and no more. */
@org.jspecify.annotations.NullMarked
package io.telpher.spring.sample;
