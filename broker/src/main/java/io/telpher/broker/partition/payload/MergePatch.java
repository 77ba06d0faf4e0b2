package io.telpher.broker.partition.payload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;

/**
 * A JSON merge patch (RFC 7396) for payloads: fields that it names are set, those with null are removed, in objects within objects too. Numbers stay as
 * they were written. Where the RFC would replace a payload that is no object by the patch alone, this refuses: one filter may mean tasks of
 * different kinds. Immutable, thread-safe.
 */
public final class MergePatch {
    /** This payload can't be patched; the message says why. */
    public static final class Unpatchable extends Exception {
        private static final long serialVersionUID = 1;

        Unpatchable(String message) {
            super(message, null, false, false);
        }
    }

    private final ObjectNode patch;

    private MergePatch(ObjectNode patch) {
        this.patch = patch;
    }

    /** @throws Unpatchable when it is no JSON object */
    public static MergePatch parse(byte[] json) throws Unpatchable {
        return new MergePatch(object(json, "a merge patch"));
    }

    private static ObjectNode object(byte[] json, String what) throws Unpatchable {
        JsonNode parsed;
        try {
            parsed = PayloadJson.read(json);
        } catch (JsonProcessingException e) {
            throw new Unpatchable(what + " must be a JSON object, and this is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new Unpatchable(what + " must be a JSON object, and this is not text: " + e.getMessage());
        }
        if (parsed instanceof ObjectNode object) {
            return object;
        }
        String kind = parsed.isMissingNode()
                ? "empty"
                : "a JSON " + parsed.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
        throw new Unpatchable(what + " must be a JSON object, and this is " + kind);
    }

    /**
     * The payload with the patch applied.
     *
     * @param bytesMax what it may take at most
     * @throws Unpatchable when it is no JSON object, or would be too large
     */
    public byte[] apply(byte[] payload, int bytesMax) throws Unpatchable {
        ObjectNode target = object(payload, "a payload");
        merge(target, patch);
        byte[] patched;
        try {
            patched = PayloadJson.JSON.writeValueAsBytes(target);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was parsed can be written", e);
        }
        if (patched.length > bytesMax) {
            throw new Unpatchable(
                    "the payload would take " + patched.length + " bytes; limits.max_payload is " + bytesMax);
        }
        return patched;
    }

    private static void merge(ObjectNode target, ObjectNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            String name = field.getKey();
            JsonNode value = field.getValue();
            if (value.isNull()) {
                target.remove(name);
            } else if (value instanceof ObjectNode inner) {
                merge(target.get(name) instanceof ObjectNode there ? there : target.putObject(name), inner);
            } else {
                target.set(name, value);
            }
        }
    }
}
