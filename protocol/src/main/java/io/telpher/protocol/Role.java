package io.telpher.protocol;

import java.util.Locale;

/** The kind of work that a token allows. */
public enum Role {
    /** Producers: submit, and look at what became of it, or cancel it. */
    SUBMIT,
    /** Workers: reserve and finish. */
    WORK,
    /** People and dashboards: look at everything, change nothing. */
    READ,
    /** Operators: everything, queues and dead letters among it. */
    ADMIN;

    /** As in tokens.json. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
