package io.telpher.spring.boot4;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.telpher.testing.PublicExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The examples in the starters' Javadoc compile. */
class ExamplesTest {
    private static final List<String> IMPORTS = List.of(
            "static org.junit.jupiter.api.Assertions.*",
            "io.telpher.client.Telpher",
            "io.telpher.protocol.TaskState",
            "io.telpher.spring.*",
            "io.telpher.spring.test.*",
            "io.telpher.test.TestTasks",
            "java.time.Duration",
            "org.junit.jupiter.api.Test",
            "org.springframework.beans.factory.annotation.Autowired",
            "org.springframework.boot.test.context.SpringBootTest",
            "org.springframework.context.annotation.Bean");

    @Test
    void shouldShowExamplesThatCompile() throws IOException {
        assertEquals(
                List.of(), PublicExamples.of(Path.of("../core/src/main/java")).errors(ExamplesContext.class, IMPORTS));
    }
}
