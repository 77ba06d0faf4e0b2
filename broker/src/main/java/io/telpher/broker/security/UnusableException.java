package io.telpher.broker.security;

/** A file of tokens or certificates that can't be used as it is. The message starts with its code, names the file and says what to do. */
public final class UnusableException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableException(String message) {
        super(message);
    }
}
