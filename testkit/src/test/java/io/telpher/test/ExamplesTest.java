package io.telpher.test;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.testing.PublicExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The examples in the test kit's Javadoc compile. */
class ExamplesTest {
    private static final List<String> IMPORTS = List.of(
            "static org.junit.jupiter.api.Assertions.*",
            "io.telpher.client.Telpher",
            "io.telpher.protocol.*",
            "java.time.Duration",
            "org.junit.jupiter.api.Test",
            "org.junit.jupiter.api.extension.RegisterExtension");

    @Test
    void shouldShowExamplesThatCompile() throws IOException {
        assertEquals(List.of(), PublicExamples.of(Path.of("src/main/java")).errors(ExamplesContext.class, IMPORTS));
    }
}
