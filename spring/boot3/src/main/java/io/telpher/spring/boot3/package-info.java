/** What differs in Spring Boot 3: health, and the JSON library. */
@org.jspecify.annotations.NullMarked
package io.telpher.spring.boot3;
