package io.telpher.spring;

import io.telpher.client.ReservedTask;
import io.telpher.client.TaskHandler;
import io.telpher.protocol.Result;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;

/**
 * A method that handles tasks.
 *
 * @param concurrency 0 = as the properties say
 */
record ListenerMethod(Object bean, Method method, List<String> queues, String type, int concurrency)
        implements TaskHandler {
    /** @throws IllegalArgumentException when its parameters can't be filled */
    static ListenerMethod of(Object bean, Method declared, List<String> queues, String type, int concurrency) {
        Method method = AopUtils.selectInvocableMethod(declared, bean.getClass());
        long payloads = Arrays.stream(method.getParameterTypes())
                .filter(parameter -> parameter != ReservedTask.class)
                .count();
        if (payloads > 1 || method.getParameterCount() > payloads + 1) {
            throw new IllegalArgumentException(
                    "a @TelpherListener takes a payload and a ReservedTask, each at most once, unlike " + method);
        }
        method.setAccessible(true); // listeners need not be public
        return new ListenerMethod(bean, method, queues, type, concurrency);
    }

    @Override
    public @Nullable Result handle(ReservedTask task) throws Exception {
        Type[] types = method.getGenericParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            arguments[i] = types[i] == ReservedTask.class ? task : task.payloadAs(types[i]);
        }
        Object value;
        try {
            value = method.invoke(bean, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Exception thrown) {
                throw thrown;
            }
            if (e.getCause() instanceof Error thrown) {
                throw thrown;
            }
            throw e;
        }
        return value == null ? Result.NONE : task.resultOf(value);
    }
}
