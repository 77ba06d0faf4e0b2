package io.telpher.broker.cluster;

import java.io.IOException;

/** The node link of another node does not answer, now or as this one is configured. */
public final class UnreachableException extends IOException {
    private static final long serialVersionUID = 1;

    UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
