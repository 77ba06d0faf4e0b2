package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.testing.PublicComments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever an application can see of these has a word said about it. */
class PublicCommentsTest {
    @ParameterizedTest
    @ValueSource(strings = {"client", "testkit", "spring/core"})
    void shouldTellWhatEachPublicMemberIsFor(String module) throws IOException {
        assertEquals(List.of(), PublicComments.missing(Path.of("..", module, "src/main/java")));
    }
}
