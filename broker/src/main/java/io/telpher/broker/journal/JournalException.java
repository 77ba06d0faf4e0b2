package io.telpher.broker.journal;

/** The journal can't go on: nothing more is confirmed, the process must stop. */
public class JournalException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public JournalException(String message) {
        super(message);
    }

    public JournalException(String message, Throwable cause) {
        super(message, cause);
    }
}
