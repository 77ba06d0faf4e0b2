package io.telpher.spring.boot4;

import io.telpher.client.Codec;
import java.lang.reflect.Type;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;

/** JSON by Jackson 3, for what the codecs before it leave. */
final class Jackson3Codec implements Codec {
    private final JsonMapper mapper;

    Jackson3Codec(JsonMapper mapper) {
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
    public byte[] encode(Object value) {
        return mapper.writeValueAsBytes(value);
    }

    @Override
    public Object decode(byte[] bytes, String contentType, Type type) {
        String media = contentType.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        if (!media.isEmpty() && !media.endsWith("/json") && !media.endsWith("+json")) {
            throw new IllegalArgumentException("the content type is not JSON");
        }
        return mapper.readValue(bytes, mapper.constructType(type));
    }
}
