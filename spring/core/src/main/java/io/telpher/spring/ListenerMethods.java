package io.telpher.spring;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.EmbeddedValueResolverAware;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.StringValueResolver;

/** Finds the listeners among the beans, as these are made. */
public final class ListenerMethods implements BeanPostProcessor, EmbeddedValueResolverAware {
    private static final int CONCURRENCY_MAX = 10_000;

    private final List<ListenerMethod> found = new ArrayList<>();
    private StringValueResolver resolver = text -> text;

    @Override
    public void setEmbeddedValueResolver(StringValueResolver valueResolver) {
        resolver = valueResolver;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        Class<?> type = AopUtils.getTargetClass(bean);
        if (!AnnotationUtils.isCandidateClass(type, TelpherListener.class)) {
            return bean;
        }
        Map<Method, TelpherListener> methods =
                MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<TelpherListener>)
                        method -> AnnotatedElementUtils.findMergedAnnotation(method, TelpherListener.class));
        synchronized (found) {
            methods.forEach((method, listener) -> found.add(listenerMethod(bean, method, listener)));
        }
        return bean;
    }

    private ListenerMethod listenerMethod(Object bean, Method method, TelpherListener listener) {
        List<String> queues =
                Arrays.stream(listener.queue()).map(this::resolved).toList();
        String concurrency = resolved(listener.concurrency());
        return ListenerMethod.of(
                bean,
                method,
                queues,
                resolved(listener.type()),
                concurrency.isEmpty() ? 0 : concurrency(concurrency, method));
    }

    private static int concurrency(String text, Method method) {
        try {
            int concurrency = Integer.parseInt(text);
            if (concurrency >= 1 && concurrency <= CONCURRENCY_MAX) {
                return concurrency;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the concurrency \"" + text + "\" of " + method + " is no number", e);
        }
        throw new IllegalArgumentException(
                "the concurrency " + text + " of " + method + " is not 1 to " + CONCURRENCY_MAX);
    }

    private String resolved(String text) {
        String value = resolver.resolveStringValue(text);
        return value == null ? "" : value;
    }

    List<ListenerMethod> found() {
        synchronized (found) {
            return List.copyOf(found);
        }
    }
}
