package io.telpher.broker.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A client that sends just the bytes it is told, and reads what comes as HTTP/1.1 has it. A broker that is silent for long fails the test. */
public final class RawHttp implements AutoCloseable {
    private static final int SILENCE_MS_MAX = 60_000;

    private final Socket socket;
    private final InputStream in;

    public RawHttp(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(SILENCE_MS_MAX);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** @param fields names in lower case */
    public record Response(int status, Map<String, String> fields, String body) {
        public String field(String name) {
            return fields.getOrDefault(name, "");
        }
    }

    public RawHttp send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawHttp send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** And still reads. */
    RawHttp saysNoMore() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** The next response with its body. */
    public Response response() throws IOException {
        Response head = head();
        int bytes = Integer.parseInt(head.fields().getOrDefault("content-length", "0"));
        return new Response(head.status(), head.fields(), new String(in.readNBytes(bytes), StandardCharsets.UTF_8));
    }

    /** The next response, which has no body whatever it says. */
    Response head() throws IOException {
        String[] line = line().split(" ", 3);
        if (!line[0].equals("HTTP/1.1")) {
            throw new IOException("no status line but \"" + String.join(" ", line) + "\"");
        }
        Map<String, String> fields = new TreeMap<>();
        for (String field = line(); !field.isEmpty(); field = line()) {
            int colon = field.indexOf(':');
            fields.put(
                    field.substring(0, colon).toLowerCase(Locale.ROOT),
                    field.substring(colon + 1).strip());
        }
        return new Response(Integer.parseInt(line[1]), fields, "");
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the broker hung up after \"" + line + "\"");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    /** Waits for the broker to end it; what came before that and was not read. A stream that goes on is never silent. */
    String rest() throws IOException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SILENCE_MS_MAX);
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            rest.write(next);
            if (System.nanoTime() > until) {
                throw new IOException("the broker goes on: " + rest.toString(StandardCharsets.UTF_8));
            }
        }
        return rest.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
