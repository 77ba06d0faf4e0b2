package io.telpher.broker.net;

/** The broker can't start where it is told to. Nothing was changed; the message has a code, what was found and a way out. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Whether another try may succeed without a hand from outside. */
    public enum Cure {
        /** An operator has to act first. */
        BY_HAND,
        /** The cause may go by itself. */
        BY_WAITING
    }

    private final Cure cure;

    public StartException(Cure cure, String message, Throwable cause) {
        super(message, cause);
        this.cure = cure;
    }

    public StartException(String message) {
        super(message);
        this.cure = Cure.BY_HAND;
    }

    public Cure cure() {
        return cure;
    }
}
