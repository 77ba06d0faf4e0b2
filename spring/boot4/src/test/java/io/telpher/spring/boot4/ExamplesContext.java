package io.telpher.spring.boot4;

import io.micrometer.observation.ObservationRegistry;
import io.telpher.spring.TelpherTemplate;

/** The application around the examples in the starters' Javadoc. */
@SuppressWarnings({"unused", "NullAway"})
abstract class ExamplesContext {
    static String url;
    TelpherTemplate template;
    ObservationRegistry observationRegistry;
    Sender sender;

    record Welcome(String to) {}

    static final class Mails {}

    interface Sender {
        void send(String to);
    }

    abstract void migrate();
}
