package io.telpher.broker.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bugs planted on purpose are caught: a simulator that finds nothing proves something. All of them: {@code bin/mutants}. */
class MutantsTest {
    private static final int PLANTED_MIN = 25;

    @Test
    void shouldStillFindThePlaceOfEachBug() throws IOException {
        List<Mutant> mutants = Mutant.all(root());
        assertTrue(mutants.size() >= PLANTED_MIN, "only " + mutants.size() + " planted bugs");
        for (Mutant mutant : mutants) {
            assertTrue(!mutant.source().equals(Files.readString(mutant.file())), mutant.name());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reply-before-sync",
                "lease-ids-reused-after-restart",
                "timer-lost-on-restart",
                "tail-over-a-roll-taken-for-corruption",
                "corruption-taken-for-a-torn-tail",
                "ack-from-a-stale-lease",
                "follow-ups-lost",
                "cluster-fence-takes-earlier-epochs",
                "cluster-cut-beyond-the-snapshot"
            })
    void shouldCatch(String name) throws IOException, ReflectiveOperationException {
        for (Mutant mutant : Mutant.all(root())) {
            if (mutant.name().equals(name)) {
                Mutants.Result result = new Mutants(root()).run(mutant, 1);
                assertTrue(result.isCaught(), name + " was not caught");
                return;
            }
        }
        throw new AssertionError("there is no planted bug " + name);
    }

    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.exists(here.resolve("bin/mutants"))
                ? here
                : here.resolve("..").normalize();
    }
}
