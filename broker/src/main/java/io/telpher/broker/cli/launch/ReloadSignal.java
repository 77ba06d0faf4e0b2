package io.telpher.broker.cli.launch;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP: what daemons take as "read your configuration again". The JDK's only way to hear it is {@code sun.misc.Signal}, against which
 * javac gives a warning that can't be turned off; hence by name.
 */
final class ReloadSignal {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadSignal.class);

    private ReloadSignal() {}

    /** The reaction to the signal. */
    interface Reaction {
        Object run() throws IOException;
    }

    /** Where there is no such signal, nothing happens. */
    static void handle(Reaction reaction) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    ReloadSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        // Nothing but handle(Signal) is ever asked of a handler.
                        run(reaction);
                        return null;
                    });
            Object hangup = signal.getConstructor(String.class).newInstance("HUP");
            signal.getMethod("handle", signal, handler).invoke(null, hangup, ours);
        } catch (ReflectiveOperationException e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            LOG.info("no reload by SIGHUP here: {}", String.valueOf(cause));
        }
    }

    private static void run(Reaction reaction) {
        try {
            reaction.run();
        } catch (IOException e) {
            LOG.warn("TQ-1023 can't write {}", LiveConfig.FILE, e);
        } catch (RuntimeException | Error e) {
            // The JDK would tell stderr only.
            LOG.error("TQ-1022 nothing was reloaded: an error of the broker's own", e);
        }
    }
}
