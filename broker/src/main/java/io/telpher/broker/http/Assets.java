package io.telpher.broker.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the broker serves as it is: the web page with its parts, and the description of the API. Each is read once; a browser that has it asks
 * whether it is still the same, and gets it compressed when it isn't. Thread-safe.
 */
final class Assets {
    private static final Pattern PART = Pattern.compile("page/((lib|views)/)?[A-Za-z0-9-]+(\\.[a-z]+)+");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "json", TaskJson.JSON_TYPE);
    private static final int ETAG_BYTES = 12;

    /** Smaller ones fit into a packet anyhow. */
    private static final int COMPRESSED_FROM_BYTES = 1_000;

    private static final Map<String, Asset> READ = new ConcurrentHashMap<>();

    private record Asset(String type, byte[] plain, byte @Nullable [] compressed, String tag) {}

    private Assets() {}

    /**
     * @param path without its first slash
     * @param headers of the request
     */
    static @Nullable Answer find(String path, HttpHeaders headers) {
        String file = path.isEmpty() ? "page/index.html" : path;
        if (!file.equals("openapi.json") && !PART.matcher(file).matches()) {
            return null;
        }
        Asset asset = READ.get(file);
        if (asset == null) {
            asset = read(file);
            if (asset == null) {
                return null;
            }
            READ.put(file, asset);
        }
        return answer(asset, headers);
    }

    private static Answer answer(Asset asset, HttpHeaders request) {
        byte[] compressed = asset.compressed();
        boolean takesCompressed =
                request.get(HttpHeaderNames.ACCEPT_ENCODING, "").contains("gzip");
        Map<String, String> headers = new HashMap<>();
        headers.put("Cache-Control", "no-cache");
        headers.put("Vary", "Accept-Encoding");
        String tag = "\"" + asset.tag() + (takesCompressed && compressed != null ? "-gzip\"" : "\"");
        headers.put("ETag", tag);
        if (request.get(HttpHeaderNames.IF_NONE_MATCH, "").contains(tag)) {
            return new Answer(304, asset.type(), new byte[0], 0, headers);
        }
        if (takesCompressed && compressed != null) {
            headers.put("Content-Encoding", "gzip");
            return new Answer(200, asset.type(), compressed, 0, headers);
        }
        return new Answer(200, asset.type(), asset.plain(), 0, headers);
    }

    private static @Nullable Asset read(String file) {
        String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
        try (InputStream in = Assets.class.getResourceAsStream(file)) {
            if (in == null || type == null) {
                return null;
            }
            byte[] plain = in.readAllBytes();
            return new Asset(type, plain, plain.length < COMPRESSED_FROM_BYTES ? null : compressed(plain), tag(plain));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] compressed(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    private static String tag(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(hash, 0, ETAG_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
