package io.telpher.spring.test;

import io.telpher.client.Telpher;
import io.telpher.test.TestBroker;
import io.telpher.test.TestTasks;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/** Gives the context of a test its broker. Tests that share a context share the broker. */
public final class BrokerCustomizerFactory implements ContextCustomizerFactory {
    @Override
    public @Nullable ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> configAttributes) {
        return AnnotatedElementUtils.hasAnnotation(testClass, WithTelpherBroker.class) ? new BrokerCustomizer() : null;
    }

    /** All are alike, so that contexts are shared. */
    record BrokerCustomizer() implements ContextCustomizer {
        @Override
        @SuppressWarnings("resource") // closed as a bean, with the context
        public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
            TestBroker broker = TestBroker.start();
            context.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("telpher-test", Map.of("telpher.url", broker.url())));
            GenericApplicationContext beans = (GenericApplicationContext) context;
            beans.registerBean(TestBroker.class, () -> broker);
            beans.registerBean(TestTasks.class, () -> new TestTasks(broker, context.getBean(Telpher.class)));
        }
    }
}
