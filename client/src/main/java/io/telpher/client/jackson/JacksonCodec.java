package io.telpher.client.jackson;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.client.Codec;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Locale;

/**
 * JSON by Jackson 2. The client uses one by itself when Jackson is present: with the modules on the class path, and blind to fields it does not know, so that a producer may add
 * one. Thread-safe.
 *
 * <pre>{@code
 * ObjectMapper mapper = JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();
 * Telpher telpher = Telpher.builder(url).codec(new JacksonCodec(mapper)).connect();
 * }</pre>
 */
public final class JacksonCodec implements Codec {
    private final ObjectMapper mapper;

    /** With the modules on the class path; fields it does not know are passed over. */
    public JacksonCodec() {
        this(new ObjectMapper()
                .findAndRegisterModules()
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false));
    }

    /** @param mapper the application's own, set up */
    public JacksonCodec(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public boolean takes(Type type) {
        return true;
    }

    @Override
    public byte[] encode(Object value) throws IOException {
        return mapper.writeValueAsBytes(value);
    }

    @Override
    public Object decode(byte[] bytes, String contentType, Type type) throws IOException {
        if (!isJson(contentType)) {
            throw new IOException("the content type is not JSON");
        }
        return mapper.readValue(bytes, mapper.constructType(type));
    }

    /** Also a producer that says nothing is believed. */
    private static boolean isJson(String contentType) {
        int end = contentType.indexOf(';');
        String media =
                (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        return media.isEmpty() || media.endsWith("/json") || media.endsWith("+json");
    }
}
