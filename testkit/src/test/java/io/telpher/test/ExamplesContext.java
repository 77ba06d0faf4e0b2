package io.telpher.test;

import io.telpher.client.Telpher;

/** The application that the examples in the test kit's Javadoc test. */
@SuppressWarnings({"unused", "NullAway"})
abstract class ExamplesContext {
    static Reminders reminders;

    interface Reminders {
        long schedule(Telpher client);
    }
}
