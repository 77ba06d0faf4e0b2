/** What differs in Spring Boot 4: health, and the JSON library. */
@org.jspecify.annotations.NullMarked
package io.telpher.spring.boot4;
