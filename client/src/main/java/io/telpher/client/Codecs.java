package io.telpher.client;

import io.telpher.client.jackson.JacksonCodec;
import io.telpher.protocol.Result;
import io.telpher.protocol.TaskSpec;
import java.lang.invoke.MethodType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;

/** A client's codecs, in the order in which they are asked. Thread-safe. */
final class Codecs {
    private static final System.Logger LOG = System.getLogger(Codecs.class.getName());

    private final List<Codec> codecs;

    private Codecs(List<Codec> codecs) {
        this.codecs = codecs;
    }

    static Codecs of(List<Codec> own) {
        List<Codec> codecs = new ArrayList<>(own);
        codecs.add(Codec.BYTES);
        codecs.add(Codec.TEXT);
        try {
            codecs.add(new JacksonCodec());
        } catch (NoClassDefFoundError e) {
            LOG.log(System.Logger.Level.DEBUG, "no JSON, since the application has no Jackson: {0}", e.getMessage());
        }
        return new Codecs(List.copyOf(codecs));
    }

    /** A value is never of a primitive type. */
    @SuppressWarnings("unchecked")
    static <T> Class<T> boxed(Class<T> type) {
        return (Class<T>) MethodType.methodType(type).wrap().returnType();
    }

    /** @throws IllegalArgumentException when no codec takes it */
    private Codec of(Type type) {
        for (Codec codec : codecs) {
            if (codec.takes(type)) {
                return codec;
            }
        }
        throw new IllegalArgumentException("no codec takes " + type.getTypeName()
                + "; put jackson-databind on the class path for JSON, or give one to TelpherBuilder.codec");
    }

    /** Before the first task comes: the application should learn at its start what it can't read. */
    void require(Type type) {
        of(type);
    }

    TaskSpec task(String type, Object payload) {
        Codec codec = of(payload.getClass());
        return TaskSpec.type(type).payload(encode(codec, payload)).contentType(codec.contentType());
    }

    Result result(Object value) {
        if (value instanceof Result result) {
            return result;
        }
        Codec codec = of(value.getClass());
        return Result.of(codec.contentType(), encode(codec, value));
    }

    private static byte[] encode(Codec codec, Object value) {
        try {
            return codec.encode(value);
        } catch (Exception e) {
            throw new IllegalArgumentException(
                    value.getClass().getName() + " can't be written as " + codec.contentType() + ": " + e.getMessage(),
                    e);
        }
    }

    /** @throws IllegalArgumentException with a reason for people */
    Object decode(byte[] bytes, String contentType, Type type) {
        Codec codec = of(type);
        Object value;
        try {
            value = codec.decode(bytes, contentType, type);
        } catch (Exception e) {
            String kind = contentType.isEmpty() ? "" : " (" + contentType + ")";
            throw new IllegalArgumentException(
                    bytes.length + " bytes" + kind + " can't be read as " + type.getTypeName() + ": " + e.getMessage(),
                    e);
        }
        if (value == null || type instanceof Class<?> plain && !boxed(plain).isInstance(value)) {
            throw new IllegalArgumentException("what was read is "
                    + (value == null ? "null" : "a " + value.getClass().getName()) + ", not a " + type.getTypeName());
        }
        return value;
    }

    Object decode(Result result, Type type) {
        byte[] bytes = new byte[result.bytes().remaining()];
        result.bytes().duplicate().get(bytes);
        return decode(bytes, result.contentType(), type);
    }
}
