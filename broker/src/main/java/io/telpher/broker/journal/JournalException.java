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

    /** @param what of the data is of a format that is not read any more */
    public static JournalException older(String what) {
        return new JournalException("TQ-2032 the data is of an older Telpher (" + what
                + "), which this one does not read; nothing was changed. Start the version that wrote it,"
                + " have this one's `tq export FILE --url tq://HOST:PORT` fetch its tasks, start this one"
                + " with a new journal.dir and `tq import FILE`");
    }
}
