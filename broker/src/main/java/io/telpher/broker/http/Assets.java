package io.telpher.broker.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.telpher.broker.http.json.Answer;
import io.telpher.broker.http.json.TaskJson;
import io.telpher.broker.http.json.Words;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the broker serves as it is: the web page with its parts, and the description of the API. Each is read once; a browser that has it asks
 * whether it is still the same, and gets it compressed when it isn't. Thread-safe.
 */
public final class Assets {
    private static final List<String> FOLDERS = List.of("page/lib/", "page/views/", "page/");
    private static final int NAME_CHARS_MAX = 64;
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
        if (!file.equals("openapi.json") && !isPart(file)) {
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

    /** Of the page: in one of its folders, with a name and extensions. */
    public static boolean isPart(String file) {
        for (String folder : FOLDERS) {
            if (file.startsWith(folder)) {
                return isName(file.substring(folder.length()));
            }
        }
        return false;
    }

    private static boolean isName(String name) {
        boolean hasExtension = false;
        for (int i = 0; i < name.length(); i++) {
            char letter = name.charAt(i);
            boolean isDot = letter == '.' && i > 0 && i + 1 < name.length() && name.charAt(i - 1) != '.';
            hasExtension |= isDot;
            boolean isLower = letter >= 'a' && letter <= 'z';
            boolean isInName = Words.isLetter(letter) || Words.isDigit(letter) || letter == '-';
            if (!isDot && !(hasExtension ? isLower : isInName)) {
                return false;
            }
        }
        return hasExtension && name.length() <= NAME_CHARS_MAX;
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
