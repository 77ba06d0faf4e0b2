package io.telpher.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the libraries unpack their native parts: left alone, they would write into the home and the temp directory. */
final class NativeLibraries {
    /** JNA's and JFFI's, which Chronicle uses, and Netty's. */
    private static final String[] SETTINGS = {"jna.tmpdir", "jffi.extract.dir", "io.netty.native.workdir"};

    private NativeLibraries() {}

    /** Called before the first use of any of them. A property of the command line is kept. */
    static void unpackInto(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String setting : SETTINGS) {
            if (System.getProperty(setting) == null) {
                System.setProperty(setting, directory.toAbsolutePath().toString());
            }
        }
    }
}
