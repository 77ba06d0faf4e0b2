package io.telpher.broker.partition.payload;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;

/**
 * How JSON is read that payloads and results are part of, so that they come out as they went in: numbers keep their digits, and a name that is
 * there twice is refused, since one of the two values would be lost.
 */
public final class PayloadJson {
    public static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private PayloadJson() {}

    /**
     * One JSON value; a missing node when there is nothing.
     *
     * @throws com.fasterxml.jackson.core.JsonProcessingException when this is no JSON, or more than one value
     */
    public static JsonNode read(byte[] json) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() == null) {
                return JSON.missingNode();
            }
            JsonNode value = value(parser);
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "more follows behind the value");
            }
            return value;
        }
    }

    /** The value that begins with the present token. The parser limits the depth. */
    private static JsonNode value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> JSON.getNodeFactory().textNode(parser.getText());
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> new WrittenNumber(parser.getText());
            case VALUE_TRUE, VALUE_FALSE -> JSON.getNodeFactory().booleanNode(parser.getBooleanValue());
            case VALUE_NULL -> JSON.getNodeFactory().nullNode();
            default -> throw new JsonParseException(parser, "a value is missing");
        };
    }

    private static ObjectNode object(JsonParser parser) throws IOException {
        ObjectNode object = JSON.createObjectNode();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            object.set(name, value(parser));
        }
        return object;
    }

    private static ArrayNode array(JsonParser parser) throws IOException {
        ArrayNode array = JSON.createArrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser));
        }
        return array;
    }

    private static JsonNode integer(JsonParser parser) throws IOException {
        if (parser.getText().equals("-0")) {
            return new WrittenNumber("-0");
        }
        return switch (parser.getNumberType()) {
            case INT -> JSON.getNodeFactory().numberNode(parser.getIntValue());
            case LONG -> JSON.getNodeFactory().numberNode(parser.getLongValue());
            default -> JSON.getNodeFactory().numberNode((BigInteger) parser.getNumberValue());
        };
    }
}
