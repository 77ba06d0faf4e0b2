package io.telpher.protocol;

import io.telpher.protocol.admin.BrokerStats;
import io.telpher.protocol.deadletter.DlqReplay;
import io.telpher.protocol.frame.Elements;
import io.telpher.protocol.frame.Frames;
import io.telpher.protocol.frame.Message;
import io.telpher.protocol.lease.Deliveries;
import io.telpher.protocol.lease.Delivery;
import io.telpher.protocol.queue.QueuePolicyFields;
import io.telpher.protocol.queue.QueueView;
import io.telpher.protocol.record.MessageReader;
import io.telpher.protocol.session.ErrorReply;
import io.telpher.protocol.task.BatchSubmitted;
import io.telpher.protocol.task.Submit;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Everything that a message's accessors say, as JSON with sorted keys: calls each public one. */
final class Described {
    private Described() {}

    static String json(Message message) throws ReflectiveOperationException {
        return value(fields(message));
    }

    private static Map<String, @Nullable Object> fields(Message message) throws ReflectiveOperationException {
        Map<String, @Nullable Object> fields = accessors(message);
        if (message instanceof ErrorReply error) {
            fields.put("text", error.message());
        }
        fields.put("message", message.type());
        fields.put("request_id", message.requestId());
        if (message instanceof BatchSubmitted batch) {
            List<@Nullable Object> entries = new ArrayList<>();
            for (int i = 0; i < batch.count(); i++) {
                entries.add(new TreeMap<String, @Nullable Object>(
                        Map.of("task_id", batch.taskId(i), "state", batch.state(i), "duplicate", batch.duplicate(i))));
            }
            fields.put("entries", entries);
        } else if (message instanceof BrokerStats stats) {
            for (BrokerStats.Field field : BrokerStats.Field.values()) {
                fields.put(field.name().toLowerCase(Locale.ROOT), stats.get(field));
            }
        } else if (message instanceof DlqReplay replay) {
            fields.put(
                    "patch",
                    replay.hasPatch() ? fields(new Submit().wrap(replay.buffer(), replay.patchOffset())) : null);
        } else if (message instanceof Deliveries deliveries) {
            fields.put("deliveries", deliveries(deliveries.first()));
        }
        return fields;
    }

    private static List<@Nullable Object> deliveries(Delivery delivery) throws ReflectiveOperationException {
        List<@Nullable Object> all = new ArrayList<>();
        while (delivery.next()) {
            Map<String, @Nullable Object> fields = accessors(delivery);
            fields.put("submit", fields(delivery.submit()));
            all.add(fields);
        }
        return all;
    }

    private static Map<String, @Nullable Object> accessors(Object reader) throws ReflectiveOperationException {
        Map<String, @Nullable Object> fields = new TreeMap<>();
        for (Class<?> type = reader.getClass();
                type != Object.class && type != Message.class;
                type = superclass(type)) {
            for (Method method : type.getDeclaredMethods()) {
                if (isAccessor(method)) {
                    fields.put(snake(method.getName()), plain(method.invoke(reader)));
                }
            }
        }
        return fields;
    }

    private static Class<?> superclass(Class<?> type) {
        return Objects.requireNonNull(type.getSuperclass());
    }

    /** Of a field: {@code detail} and {@code isRun} say what follows from several. */
    private static boolean isAccessor(Method method) {
        String name = method.getName();
        return Modifier.isPublic(method.getModifiers())
                && !Modifier.isStatic(method.getModifiers())
                && method.getParameterCount() == 0
                && method.getReturnType() != void.class
                && !List.of("next", "submit", "headersBytes", "first", "detail", "isRun")
                        .contains(name)
                && !name.startsWith("has")
                && !name.endsWith("Offset")
                && !name.endsWith("Length");
    }

    private static @Nullable Object plain(@Nullable Object value) throws ReflectiveOperationException {
        if (value instanceof Frames frames) {
            List<@Nullable Object> all = new ArrayList<>();
            while (frames.next()) {
                all.add(fields(new MessageReader().read(frames.buffer(), frames.offset())));
            }
            return all;
        } else if (value instanceof Elements elements) {
            List<@Nullable Object> all = new ArrayList<>();
            while (elements.next()) {
                all.add(elements.text());
            }
            return all;
        } else if (value instanceof Record record) {
            Map<String, @Nullable Object> fields = new TreeMap<>();
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                fields.put(
                        snake(component.getName()),
                        plain(component.getAccessor().invoke(record)));
            }
            return fields;
        } else if (value instanceof QueuePolicyFields policy) {
            Map<String, @Nullable Object> fields = accessors(policy);
            fields.keySet().removeAll(List.of("problem", "to_string", "hash_code"));
            return fields;
        } else if (value instanceof TaskView || value instanceof QueueView) {
            Map<String, @Nullable Object> fields = new TreeMap<>();
            for (Field field : value.getClass().getFields()) {
                fields.put(snake(field.getName()), plain(field.get(value)));
            }
            return fields;
        }
        return value;
    }

    private static String snake(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static String value(@Nullable Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean) {
            return String.valueOf(value);
        } else if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> text(String.valueOf(entry.getKey())) + ": " + value(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
        } else if (value instanceof List<?> list) {
            return list.stream().map(Described::value).collect(Collectors.joining(", ", "[", "]"));
        } else if (value instanceof long[] numbers) {
            return value(Arrays.stream(numbers).boxed().toList());
        } else if (value instanceof byte[] bytes) {
            return text(HexFormat.of().formatHex(bytes));
        } else if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return value(bytes);
        } else if (value instanceof Enum<?> code) {
            return text(code.name().toLowerCase(Locale.ROOT));
        } else if (value instanceof String text) {
            return text(text);
        }
        throw new IllegalArgumentException("cannot show a " + value.getClass());
    }

    private static String text(String text) {
        return text.chars()
                .mapToObj(c -> c >= ' ' && c < 127 && c != '"' && c != '\\'
                        ? String.valueOf((char) c)
                        : String.format(Locale.ROOT, "\\u%04x", c))
                .collect(Collectors.joining("", "\"", "\""));
    }
}
