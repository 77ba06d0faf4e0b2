package io.telpher.broker.partition.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootClockFileTest {
    private static final BrokerClock CLOCK =
            BrokerClock.start(new BrokerClock.Start(0, 0, OptionalLong.empty()), BrokerClock.MACHINE);

    @TempDir
    Path directory;

    @Test
    void shouldTellTheNextStart() {
        BootClockFile.in(directory, "boot-1").save(CLOCK);
        assertEquals(
                OptionalLong.of(CLOCK.microsAtNanoZero()),
                BootClockFile.in(directory, "boot-1").microsAtNanoZero());
    }

    @Test
    void shouldTellNothingWhenTheMachineWasStartedAgain() {
        BootClockFile.in(directory, "boot-1").save(CLOCK);
        assertEquals(OptionalLong.empty(), BootClockFile.in(directory, "boot-2").microsAtNanoZero());
        assertEquals(OptionalLong.empty(), BootClockFile.in(directory, "").microsAtNanoZero());
    }

    @Test
    void shouldTellNothingWhenThereIsNoneOrItIsDamaged() throws Exception {
        BootClockFile file = BootClockFile.in(directory, "boot-1");
        assertEquals(OptionalLong.empty(), file.microsAtNanoZero());
        Files.writeString(directory.resolve("clock"), "boot-1 12x4\n");
        assertEquals(OptionalLong.empty(), file.microsAtNanoZero());
        Files.writeString(directory.resolve("clock"), "");
        assertEquals(OptionalLong.empty(), file.microsAtNanoZero());
    }

    @Test
    void shouldWriteItOnceForAStartOfTheMachine() throws Exception {
        BootClockFile file = BootClockFile.in(directory, "boot-1");
        file.save(CLOCK);
        FileTime before = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(directory.resolve("clock"), before);
        file.save(CLOCK);
        assertEquals(before, Files.getLastModifiedTime(directory.resolve("clock")));
        assertFalse(Files.exists(directory.resolve("clock.new")));
    }

    @Test
    void shouldGoOnWithoutItWhenItCanNotBeWritten() {
        BootClockFile file = BootClockFile.in(directory.resolve("missing"), "boot-1");
        file.save(CLOCK);
        assertEquals(OptionalLong.empty(), file.microsAtNanoZero());
    }
}
