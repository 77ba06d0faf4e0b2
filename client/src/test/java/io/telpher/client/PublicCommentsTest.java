package io.telpher.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.telpher.testing.PublicComments;
import io.telpher.testing.PublicExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever an application can see of these has a word said about it, each class an example; those of testkit and Spring are compiled beside their own tests. */
class PublicCommentsTest {
    /** Made and called by Spring alone, or the process that the test kit starts: public only since other packages name them. */
    private static final Set<String> NOT_FOR_APPLICATIONS = Set.of(
            "io.telpher.test.fork.BrokerMain",
            "io.telpher.spring.ListenerMethods",
            "io.telpher.spring.test.BrokerCustomizerFactory");

    private static final List<String> IMPORTS = List.of(
            "static java.nio.charset.StandardCharsets.UTF_8",
            "com.fasterxml.jackson.databind.*",
            "com.fasterxml.jackson.databind.json.JsonMapper",
            "io.telpher.client.jackson.*",
            "io.telpher.client.micrometer.*",
            "io.telpher.client.opentelemetry.*",
            "io.telpher.client.slf4j.*",
            "io.telpher.protocol.*",
            "io.telpher.protocol.admin.*",
            "io.telpher.protocol.deadletter.*",
            "io.telpher.protocol.frame.*",
            "io.telpher.protocol.lease.*",
            "io.telpher.protocol.queue.*",
            "io.telpher.protocol.session.*",
            "io.telpher.protocol.task.*",
            "java.lang.reflect.Type",
            "java.time.Duration");

    @ParameterizedTest
    @ValueSource(strings = {"client", "testkit", "spring/core"})
    void shouldTellWhatEachPublicMemberIsFor(String module) throws IOException {
        assertEquals(List.of(), PublicComments.missing(sources(module)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"client", "testkit", "spring/core"})
    void shouldShowEachPublicClassInAnExample(String module) throws IOException {
        assertEquals(
                List.of(),
                PublicExamples.of(sources(module)).missing().stream()
                        .filter(type -> !NOT_FOR_APPLICATIONS.contains(type))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"client", "protocol"})
    void shouldShowExamplesThatCompile(String module) throws IOException {
        assertEquals(List.of(), PublicExamples.of(sources(module)).errors(ExamplesContext.class, IMPORTS));
    }

    @Test
    void shouldFindAnExampleThatDoesNotCompile() throws IOException {
        List<String> errors = PublicExamples.of(sources("client")).errors(PublicCommentsTest.class, IMPORTS);
        assertFalse(errors.isEmpty(), "without its context no example has the names it needs");
    }

    private static Path sources(String module) {
        return Path.of("..", module, "src/main/java");
    }
}
