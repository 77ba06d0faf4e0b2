package io.telpher.broker.security;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file of tokens or certificates that can't be used as it is. The message starts with its code, names the file and says what to do. */
public final class UnusableException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableException(String message) {
        super(message);
    }

    /** Why a file could not be read, as its message goes on behind the file's name. */
    static String unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return "does not exist";
        } else if (e instanceof AccessDeniedException) {
            String user = System.getProperty("user.name");
            return "may not be read by " + user + ", whom this runs as; type: chown " + user + " " + file;
        }
        return "can't be read: " + e.getMessage();
    }
}
