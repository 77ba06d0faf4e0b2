package io.telpher.client;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;

/**
 * Writes values as payloads and results, and reads them. The client has {@link #BYTES}, {@link #TEXT} and, when Jackson 2 is on the class path, JSON for everything else;
 * others are given to {@link TelpherBuilder#codec}. Thread-safe.
 *
 * <pre>{@code
 * class CsvCodec implements Codec {
 *     public String contentType() { return "text/csv"; }
 *     public boolean takes(Type type) { return type == Row.class; }
 *     public byte[] encode(Object value) { return ((Row) value).line().getBytes(UTF_8); }
 *     public Object decode(byte[] bytes, String contentType, Type type) { return Row.parse(new String(bytes, UTF_8)); }
 * }
 * Telpher telpher = Telpher.builder(url).codec(new CsvCodec()).connect();
 * }</pre>
 */
public interface Codec {
    /** {@code byte[]} as it is, whatever its content type. */
    Codec BYTES = new Codec() {
        @Override
        public String contentType() {
            return "application/octet-stream";
        }

        @Override
        public boolean takes(Type type) {
            return type == byte[].class;
        }

        @Override
        public byte[] encode(Object value) {
            return (byte[]) value;
        }

        @Override
        public Object decode(byte[] bytes, String contentType, Type type) {
            return bytes;
        }
    };

    /** {@code String} as UTF-8, whatever its content type. */
    Codec TEXT = new Codec() {
        @Override
        public String contentType() {
            return "text/plain; charset=utf-8";
        }

        @Override
        public boolean takes(Type type) {
            return type == String.class;
        }

        @Override
        public byte[] encode(Object value) {
            return ((String) value).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, String contentType, Type type) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    /** Of what it writes. */
    String contentType();

    /** Whether it writes and reads values of this type; the first codec that does is asked. */
    boolean takes(Type type);

    /** An exception fails the submit, or the attempt for good when it is a result. */
    byte[] encode(Object value) throws Exception;

    /**
     * Reads a value; an exception, or a value that is not of the type, makes the task a dead letter, since no retry can help.
     *
     * @param bytes the codec's own: no other code keeps or changes them
     * @param contentType as the producer gave it; empty = unknown
     */
    Object decode(byte[] bytes, String contentType, Type type) throws Exception;
}
