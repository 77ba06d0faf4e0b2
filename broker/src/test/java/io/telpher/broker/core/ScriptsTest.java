package io.telpher.broker.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Plays every script of {@code src/test/scripts}. What came differently is shown as expected and actual line;
 * {@code -Dscripts.rewrite=true} writes it into the scripts instead, to be read before it is kept.
 */
class ScriptsTest {
    private static final boolean REWRITE = Boolean.getBoolean("scripts.rewrite");
    private static final int SCRIPTS_MIN = 40;

    @TestFactory
    Stream<DynamicTest> shouldAnswerAsTheScriptsSay() throws IOException {
        return Script.all().stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), file.toUri(), () -> play(file)));
    }

    @Test
    void shouldFindTheScripts() throws IOException {
        assertTrue(Script.all().size() >= SCRIPTS_MIN, "scripts are missing from src/test/scripts");
    }

    private static void play(Path file) throws IOException {
        Script script = new Script(file);
        ScriptStage stage = new ScriptStage();
        List<String> actual = script.play(stage);
        stage.checkReplay();
        if (REWRITE) {
            script.rewrite(actual);
        } else {
            compare(file, script.expected(), actual);
        }
    }

    private static void compare(Path file, List<String> expected, List<String> actual) {
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            String wanted = i < expected.size() ? expected.get(i) : "(end)";
            String came = i < actual.size() ? actual.get(i) : "(end)";
            assertEquals(wanted, came, file + ":" + (i + 1));
        }
    }
}
