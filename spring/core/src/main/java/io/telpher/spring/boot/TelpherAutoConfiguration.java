package io.telpher.spring.boot;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.observation.ObservationRegistry;
import io.telpher.client.Codec;
import io.telpher.client.Interceptor;
import io.telpher.client.Telpher;
import io.telpher.client.TelpherBuilder;
import io.telpher.client.micrometer.TelpherMeters;
import io.telpher.client.slf4j.MdcInterceptor;
import io.telpher.spring.ListenerMethods;
import io.telpher.spring.ListenerWorkers;
import io.telpher.spring.ObservedTasks;
import io.telpher.spring.TelpherTemplate;
import org.slf4j.MDC;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * A lazy client with every {@link Codec} and {@link Interceptor} bean, the template, and the workers of the listeners. Each bean gives way to one of the application's own.
 *
 * <pre>{@code
 * @Bean // in place of the one that is configured
 * Telpher telpher() {
 *     return Telpher.builder("tq://broker").requestTimeout(Duration.ofSeconds(5)).lazy().connect();
 * }
 * }</pre>
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
        })
@EnableConfigurationProperties(TelpherProperties.class)
public class TelpherAutoConfiguration {
    private static final int VIRTUAL_THREADS_JAVA = 21;

    /** The application starts, whether or not the broker is there. */
    @Bean
    @ConditionalOnMissingBean
    Telpher telpher(
            TelpherProperties properties,
            Environment environment,
            ObjectProvider<Codec> codecs,
            ObjectProvider<Interceptor> interceptors) {
        TelpherBuilder builder = Telpher.builder(properties.url())
                .clientName(name(properties, environment))
                .version(version(properties, environment))
                .requestTimeout(properties.requestTimeout())
                .lazy();
        if (properties.autoKeys()) {
            builder.autoKeys();
        }
        // Bytes and text stay what they are, whatever the application's JSON would make of them.
        builder.codec(Codec.BYTES).codec(Codec.TEXT);
        codecs.orderedStream().forEach(builder::codec);
        interceptors.orderedStream().forEach(builder::interceptor);
        return builder.connect();
    }

    private static String name(TelpherProperties properties, Environment environment) {
        String name = properties.clientName();
        return name != null ? name : environment.getProperty("spring.application.name", "spring");
    }

    private static String version(TelpherProperties properties, Environment environment) {
        String version = properties.version();
        return version != null ? version : environment.getProperty("spring.application.version", "");
    }

    @Bean
    @ConditionalOnMissingBean
    TelpherTemplate telpherTemplate(Telpher telpher, TelpherProperties properties) {
        return new TelpherTemplate(telpher, properties.maxPayload().toBytes());
    }

    /** Static, since it sees the beans of all others. */
    @Bean
    static ListenerMethods telpherListenerMethods() {
        return new ListenerMethods();
    }

    @Bean
    ListenerWorkers telpherListenerWorkers(
            Telpher telpher, ListenerMethods methods, TelpherProperties properties, Environment environment) {
        TelpherProperties.Listener listener = properties.listener();
        return new ListenerWorkers(
                telpher,
                methods,
                new ListenerWorkers.Options(
                        name(properties, environment) + "-"
                                + ProcessHandle.current().pid(),
                        listener.concurrency(),
                        listener.maxRuntime(),
                        listener.visibilityTimeout(),
                        listener.interruptOnCancel(),
                        hasVirtualThreads(environment),
                        listener.shutdownTimeout(),
                        listener.autoStartup()));
    }

    /** As Spring Boot itself takes it: without effect before Java 21. */
    private static boolean hasVirtualThreads(Environment environment) {
        return Runtime.version().feature() >= VIRTUAL_THREADS_JAVA
                && environment.getProperty("spring.threads.virtual.enabled", boolean.class, false);
    }

    /** With SLF4J. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MDC.class)
    static class Logging {
        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        MdcInterceptor telpherMdcInterceptor() {
            return new MdcInterceptor();
        }
    }

    /** With Micrometer's observations. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ObservationRegistry.class)
    static class Observations {
        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE + 1)
        @ConditionalOnBean(ObservationRegistry.class)
        ObservedTasks telpherObservedTasks(ObservationRegistry registry) {
            return new ObservedTasks(registry);
        }
    }

    /** With Micrometer's meters. The timers are the observations'. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterBinder.class)
    static class Meters {
        @Bean
        MeterBinder telpherMeters(Telpher telpher, ListenerWorkers listeners) {
            return registry -> {
                TelpherMeters meters = new TelpherMeters(registry);
                meters.bind(telpher);
                listeners.watch(meters::bind);
            };
        }
    }
}
