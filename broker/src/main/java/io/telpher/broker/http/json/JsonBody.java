package io.telpher.broker.http.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.telpher.broker.partition.payload.PayloadJson;
import io.telpher.protocol.Utf8;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Reads the fields of a JSON object, and refuses what is of the wrong kind or unknown by name. */
public final class JsonBody {
    public static final ObjectMapper JSON = PayloadJson.JSON;

    private final JsonNode object;
    private final String where;

    public JsonBody(JsonNode object, String where) throws Refusal {
        if (!object.isObject()) {
            throw Refusal.bad(where + " must be a JSON object, like {\"type\":\"mail\",\"payload\":{}}");
        }
        this.object = object;
        this.where = where;
    }

    /** An empty body reads as an object without fields. */
    public static JsonBody parse(byte[] body) throws Refusal {
        return new JsonBody(tree(body), "the body");
    }

    /** The body, which may be no object. */
    public static JsonNode tree(byte[] body) throws Refusal {
        try {
            return body.length == 0 ? JSON.createObjectNode() : PayloadJson.read(body);
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            // The parser's details for programmers are left out.
            String why = before(before(e.getOriginalMessage(), " (start marker at "), ": enable `");
            throw Refusal.bad("the body is not JSON" + place + ": " + why);
        } catch (java.io.IOException e) {
            throw Refusal.bad("the body can't be read: " + e.getMessage());
        }
    }

    private static String before(String text, String end) {
        int at = text.indexOf(end);
        return at < 0 ? text : text.substring(0, at);
    }

    public void allow(List<String> known) throws Refusal {
        List<String> unknown = new ArrayList<>();
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                unknown.add(name);
            }
        });
        if (!unknown.isEmpty()) {
            throw Refusal.bad(where + " has unknown fields " + unknown + "; known are " + known);
        }
    }

    public boolean has(String name) {
        return object.hasNonNull(name);
    }

    public JsonNode get(String name) {
        return object.path(name);
    }

    public String text(String name, String byDefault) throws Refusal {
        if (!has(name)) {
            return byDefault;
        }
        require(get(name).isTextual(), name, "a string");
        require(isWhole(get(name).asText()), name, "without half of a surrogate pair");
        return get(name).asText();
    }

    /** Like {@link #text}, empty when it is not given, for what no message's limits are asked about. */
    public String textWithin(String name, int bytesMax) throws Refusal {
        String text = text(name, "");
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > bytesMax) {
            throw Refusal.bad(name + " has " + bytes + " bytes; the limit is " + bytesMax);
        }
        return text;
    }

    /** Outside of payloads and results a text goes on as UTF-8, which can't carry half of a surrogate pair. */
    static boolean isWhole(String text) {
        return Utf8.unpairedSurrogate(text) < 0;
    }

    public long number(String name, long byDefault) throws Refusal {
        if (!has(name)) {
            return byDefault;
        }
        JsonNode value = get(name);
        require(value.isIntegralNumber() && value.canConvertToLong(), name, "a whole number");
        return value.asLong();
    }

    /** Like {@link #number}, for what can't be negative: that is how "not given" is said further on. */
    public long natural(String name, long byDefault) throws Refusal {
        require(!has(name) || number(name, 0) >= 0, name, "0 or more");
        return number(name, byDefault);
    }

    /** Like {@link #natural}, smaller. */
    public int count(String name, int byDefault) throws Refusal {
        natural(name, 0);
        return integer(name, byDefault);
    }

    /** Like {@link #count}, at most so much. */
    public int within(String name, int byDefault, int max) throws Refusal {
        int value = count(name, byDefault);
        require(value <= max, name, "0 to " + max);
        return value;
    }

    /** Like {@link #number}, for what leaves a choice to the broker when it is not given, and then only: 0 says that further on. */
    public long positive(String name) throws Refusal {
        require(!has(name) || number(name, 0) > 0, name, "more than 0");
        return number(name, 0);
    }

    /** Like {@link #positive}, smaller. */
    public int positiveInteger(String name) throws Refusal {
        positive(name);
        return integer(name, 0);
    }

    /** The elements of an array; none when it is not given. */
    public List<JsonNode> elements(String name) throws Refusal {
        List<JsonNode> elements = new ArrayList<>();
        if (!get(name).isMissingNode()) {
            require(get(name).isArray(), name, "an array");
            get(name).forEach(elements::add);
        }
        return elements;
    }

    /** Only one of these says it. */
    public void requireOneOf(String one, String other) throws Refusal {
        if (!get(one).isMissingNode() && !get(other).isMissingNode()) {
            throw Refusal.bad(where + ": give " + one + " or " + other + ", not both");
        }
    }

    public int integer(String name, int byDefault) throws Refusal {
        long value = number(name, byDefault);
        require(value == (int) value, name, "a smaller number");
        return (int) value;
    }

    /** As the digits say. */
    BigDecimal decimal(String name) throws Refusal {
        require(get(name).isNumber(), name, "a number");
        try {
            return get(name).decimalValue();
        } catch (NumberFormatException e) {
            throw Refusal.bad(where + ": " + name + " is out of range");
        }
    }

    public boolean flag(String name) throws Refusal {
        if (!has(name)) {
            return false;
        }
        require(get(name).isBoolean(), name, "true or false");
        return get(name).asBoolean();
    }

    /** Milliseconds since 1970, from such a number or an ISO 8601 time; 0 = not given. */
    public long time(String name) throws Refusal {
        if (!has(name)) {
            return 0;
        }
        return get(name).isNumber() ? positive(name) : Times.ms(where + ": " + name, text(name, ""));
    }

    public byte[] base64(String name) throws Refusal {
        try {
            return Base64.getDecoder().decode(text(name, ""));
        } catch (IllegalArgumentException e) {
            throw Refusal.bad(where + ": " + name + " is not base64: " + e.getMessage());
        }
    }

    private void require(boolean holds, String name, String kind) throws Refusal {
        if (!holds) {
            throw Refusal.bad(where + ": " + name + " must be " + kind);
        }
    }
}
