package io.telpher.broker.http.call;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.JsonBody;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.request.TraceContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A request or an answer between nodes: the length of its head, the head in JSON, the body. Where the request comes from is said by the node that got it, beside the caller's
 * header fields and never in one of them: no client can say it. The caller's proof goes along as it is, and is judged again.
 */
public final class ForwardedMessage {
    /** Of the caller's header fields those that say what is wanted, by whom; none that say where from, and none for the node between. */
    private static final List<String> FIELDS =
            List.of("Authorization", "Content-Type", "Accept", "Idempotency-Key", TraceContext.HEADER);

    /** Of an answer: what each node says for itself, or says by the length of the body. */
    private static final List<String> OWN_FIELDS =
            List.of("date", "content-length", "transfer-encoding", "connection", "content-type");

    private static final int PORTS = 1 << Short.SIZE;

    private ForwardedMessage() {}

    /** @param from where the caller is */
    public static byte[] request(FullHttpRequest http, InetSocketAddress from) {
        ObjectNode head = JsonBody.JSON.createObjectNode();
        // HEAD as GET: the node between leaves the body out, and knows its length.
        head.put(
                "method",
                http.method().equals(HttpMethod.HEAD) ? "GET" : http.method().name());
        head.put("uri", http.uri());
        head.put("address", from.getAddress().getAddress());
        head.put("port", from.getPort());
        ObjectNode fields = head.putObject("fields");
        for (String name : FIELDS) {
            List<String> values = http.headers().getAll(name);
            if (!values.isEmpty()) {
                ArrayNode list = fields.putArray(name);
                values.forEach(list::add);
            }
        }
        return message(head, http.content());
    }

    private static byte[] message(ObjectNode head, ByteBuf body) {
        byte[] headBytes = TaskJson.bytes(head);
        byte[] message = new byte[Integer.BYTES + headBytes.length + body.readableBytes()];
        ByteBuffer.wrap(message).putInt(headBytes.length).put(headBytes);
        body.getBytes(body.readerIndex(), message, Integer.BYTES + headBytes.length, body.readableBytes());
        return message;
    }

    private static JsonNode head(byte[] message) throws IOException {
        int bytes =
                message.length < Integer.BYTES ? -1 : ByteBuffer.wrap(message).getInt();
        if (bytes < 0 || bytes > message.length - Integer.BYTES) {
            throw new IOException("expected a head, got " + bytes + " bytes of " + message.length);
        }
        return JsonBody.JSON.readTree(message, Integer.BYTES, bytes);
    }

    private static ByteBuf body(byte[] message) {
        int at = Integer.BYTES + ByteBuffer.wrap(message).getInt();
        return Unpooled.wrappedBuffer(message, at, message.length - at);
    }

    /** As it came to the other node, with the fields that count. */
    public static FullHttpRequest request(byte[] message) throws IOException {
        JsonNode head = head(message);
        FullHttpRequest http = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.valueOf(head.path("method").asText()),
                head.path("uri").asText(),
                body(message));
        for (String name : FIELDS) {
            head.path("fields").path(name).forEach(value -> http.headers().add(name, value.asText()));
        }
        return http;
    }

    /** Where its caller is. */
    public static InetSocketAddress from(byte[] message) throws IOException {
        JsonNode head = head(message);
        int port = head.path("port").asInt(-1);
        if (port < 0 || port >= PORTS) {
            throw new IOException("expected a port, got " + head.path("port"));
        }
        return new InetSocketAddress(
                InetAddress.getByAddress(head.path("address").binaryValue()), port);
    }

    public static byte[] answer(HttpResponse response, ByteBuf body) {
        ObjectNode head = JsonBody.JSON.createObjectNode();
        head.put("status", response.status().code());
        head.put("type", response.headers().get(HttpHeaderNames.CONTENT_TYPE, ""));
        ObjectNode fields = head.putObject("fields");
        HttpHeaders all = response.headers();
        for (Map.Entry<String, String> field : all) {
            if (!OWN_FIELDS.contains(field.getKey().toLowerCase(java.util.Locale.ROOT))) {
                fields.put(field.getKey(), field.getValue());
            }
        }
        return message(head, body);
    }

    public static Answer answer(byte[] message) throws IOException {
        JsonNode head = head(message);
        Map<String, String> fields = new TreeMap<>();
        head.path("fields")
                .properties()
                .forEach(field -> fields.put(field.getKey(), field.getValue().asText()));
        return new Answer(
                head.path("status").asInt(),
                head.path("type").asText(),
                ByteBufUtil.getBytes(body(message)),
                0,
                fields);
    }
}
