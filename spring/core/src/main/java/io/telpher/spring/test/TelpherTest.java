package io.telpher.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.core.annotation.AliasFor;

/**
 * A test of listeners and of what submits: with a broker of its own, whose clock the test moves, and of the auto-configurations only Telpher's and JSON's. Needs
 * {@code io.telpher:telpher-test}. The context has the beans {@link io.telpher.test.TestBroker} and {@link io.telpher.test.TestTasks}; both go with it.
 *
 * <pre>{@code
 * @TelpherTest(classes = Mails.class)
 * class MailsTest {
 *     @Autowired TelpherTemplate template;
 *     @Autowired TestTasks tasks;
 *
 *     @Test
 *     void shouldWelcome() {
 *         long id = template.submit("mail", "welcome", new Welcome("ann")).taskId();
 *         assertEquals(TaskState.COMPLETED, tasks.await(id).state);
 *     }
 * }
 * }</pre>
 *
 * <p>{@code @SpringBootTest} with {@link WithTelpherBroker} is the same with the whole application.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
@OverrideAutoConfiguration(enabled = false)
@ImportAutoConfiguration
@WithTelpherBroker
public @interface TelpherTest {
    /** The classes under test; without them the application's own configuration is searched. */
    @AliasFor(annotation = SpringBootTest.class, attribute = "classes")
    Class<?>[] classes() default {};

    /** {@code key=value}, for this test. */
    @AliasFor(annotation = SpringBootTest.class, attribute = "properties")
    String[] properties() default {};
}
