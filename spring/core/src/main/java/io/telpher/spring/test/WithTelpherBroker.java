package io.telpher.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On the class of a Spring Boot test: the application's {@code telpher.url} is that of a broker of the test's own, see {@link TelpherTest}.
 *
 * <pre>{@code
 * @SpringBootTest
 * @WithTelpherBroker
 * class CheckoutTest {
 *     @Autowired TestTasks tasks;
 * }
 * }</pre>
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface WithTelpherBroker {}
