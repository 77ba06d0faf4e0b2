package io.telpher.broker.http.json;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.telpher.protocol.ErrorCode;
import java.util.List;
import java.util.Locale;

/** The forms that contents come in, and go out. */
public final class ContentChecks {
    private ContentChecks() {}

    /** Nothing is unpacked here: a small body could become a large one. */
    public static void requirePlain(FullHttpRequest http) throws Refusal {
        for (String coding : http.headers().getAll(HttpHeaderNames.CONTENT_ENCODING)) {
            if (!HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(coding.trim())) {
                throw new Refusal(
                        415, ErrorCode.BAD_REQUEST, "bodies are taken as they are, not as \"" + coding + "\"");
            }
        }
    }

    /** Another site's page can't send this type without asking first, so a state change needs it, with a body or without; DELETE it can't send at all. */
    public static void requireJson(FullHttpRequest http) throws Refusal {
        boolean changes = http.method().equals(HttpMethod.POST) || http.method().equals(HttpMethod.PUT);
        String type = http.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (changes && !essence(type).equals(TaskJson.JSON_TYPE)) {
            throw new Refusal(
                    415,
                    ErrorCode.BAD_REQUEST,
                    "requests that change state need Content-Type: application/json, not "
                            + (type.isEmpty() ? "without a Content-Type" : "as \"" + type + "\"")
                            + "; with curl add -H 'Content-Type: application/json'");
        }
    }

    /**
     * Before anything is done, since what can't be answered should not be done either.
     *
     * @param types what there may be; one that is accepted is enough
     */
    public static void requireAcceptable(FullHttpRequest http, List<String> types) throws Refusal {
        List<String> accepted = http.headers().getAll(HttpHeaderNames.ACCEPT);
        boolean accepts = accepted.isEmpty();
        for (String range : Words.split(String.join(",", accepted), ',')) {
            accepts |= types.stream().anyMatch(type -> covers(range, type));
        }
        if (!accepts) {
            throw new Refusal(
                    406,
                    ErrorCode.BAD_REQUEST,
                    "there is only " + types.get(0) + " here, not \"" + accepted.get(0) + "\"");
        }
    }

    private static boolean covers(String range, String type) {
        String wanted = essence(range);
        String family = type.substring(0, type.indexOf('/'));
        return (wanted.equals("*/*") || wanted.equals(family + "/*") || wanted.equals(type)) && !isRefused(range);
    }

    /** Its weight is 0. */
    private static boolean isRefused(String range) {
        for (String parameter : Words.split(range, ';')) {
            String plain = parameter.replace(" ", "");
            if (plain.equals("q=0") || plain.startsWith("q=0.") && isZeros(plain.substring("q=0.".length()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isZeros(String digits) {
        return digits.chars().allMatch(digit -> digit == '0');
    }

    /** Without parameters. */
    private static String essence(String type) {
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).trim().toLowerCase(Locale.ROOT);
    }
}
