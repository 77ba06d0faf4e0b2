package io.telpher.client;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;
import java.util.concurrent.Callable;

/** What the examples in the client's Javadoc take for granted of the application around them. */
@SuppressWarnings({"unused", "NullAway"})
abstract class ExamplesContext {
    String url;
    Telpher telpher;
    WorkerBuilder worker;
    Worker running;
    ReservedTask task;
    MeterRegistry registry;
    OpenTelemetry openTelemetry;
    List<Page> pages;
    Log log;
    Alerts alerts;

    record Mail(String to) {}

    record Numbers(int one, int other) {
        int sum() {
            return one + other;
        }
    }

    record Page() {}

    record Row(String line) {
        static Row parse(String line) {
            return new Row(line);
        }
    }

    static final class AddressException extends Exception {
        private static final long serialVersionUID = 1;
    }

    interface Tenant {
        static String current() {
            return "acme";
        }

        static <T> T with(String tenant, Callable<T> action) throws Exception {
            return action.call();
        }
    }

    interface Log {
        void info(String text);

        void warn(String text);
    }

    interface Alerts {
        void raise(String text);
    }

    abstract void send(String text);

    abstract void send(Mail mail);

    abstract void send(ReservedTask task, Mail mail);

    abstract boolean isRateLimited();

    abstract void render(Page page);

    abstract void showBanner(String text);

    abstract void respond(int status, String text);

    abstract void tryAgainIn(int ms);
}
