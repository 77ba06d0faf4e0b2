package io.telpher.broker.http.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Texts outside of bodies, which are UTF-8 as those inside are: a decoder that puts something else in place of what is not would make two texts one. */
public final class Utf8Text {
    private static final char REPLACEMENT = '\uFFFD';
    private static final String ESCAPED_REPLACEMENT = "%ef%bf%bd";

    private Utf8Text() {}

    /** A header's value, whose bytes Netty gives as a character each. */
    public static String header(String name, String value) throws Refusal {
        if (value.chars().allMatch(c -> c < 0x80)) {
            return value;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1));
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw Refusal.bad("header " + name + " is not UTF-8");
        }
    }

    /** @param uri escaped, as it came */
    public static void require(String uri, Iterable<String> decoded) throws Refusal {
        for (String text : decoded) {
            if (text.indexOf(REPLACEMENT) >= 0 && !sendsReplacement(uri)) {
                throw Refusal.bad("the request target is not UTF-8");
            }
        }
    }

    private static boolean sendsReplacement(String uri) {
        return uri.indexOf(REPLACEMENT) >= 0 || uri.toLowerCase(Locale.ROOT).contains(ESCAPED_REPLACEMENT);
    }
}
