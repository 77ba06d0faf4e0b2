package io.telpher.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;

/** Sets a client up. Not thread-safe.
 *
 * <pre>{@code
 * Telpher telpher = Telpher.builder("tq://a,b,c").requestTimeout(Duration.ofSeconds(5)).connect();
 * }</pre>
 */
public final class TelpherBuilder {
    private final String url;
    private final ClientOptions byDefault =
            ClientOptions.byDefault("java-client pid " + ProcessHandle.current().pid());
    private String clientName = byDefault.clientName();
    private String version = "";
    private Duration connectTimeout = byDefault.connectTimeout();
    private Duration requestTimeout = byDefault.requestTimeout();
    private int windowRequests = byDefault.windowRequests();
    private long windowBytes = byDefault.windowBytes();
    private boolean failsWhenFull;
    private boolean lazy;
    private Executor callbackExecutor = byDefault.callbackExecutor();
    private ConnectionListener listener = byDefault.listener();
    private final List<Codec> codecs = new ArrayList<>();
    private final List<Interceptor> interceptors = new ArrayList<>();
    private boolean autoKeys;

    TelpherBuilder(String url) {
        this.url = url;
    }

    /** What operators see in the list of workers; at most 255 bytes. */
    public TelpherBuilder clientName(String name) {
        clientName = Objects.requireNonNull(name, "clientName");
        return this;
    }

    /**
     * Of the application, as its makers count: operators see it beside each worker with the host it runs on, and where several versions work
     * on one queue. None by default; at most 64 bytes.
     */
    public TelpherBuilder version(String ofApplication) {
        version = Objects.requireNonNull(ofApplication, "version");
        return this;
    }

    /** How long {@link #connect} and {@link WorkerBuilder#start()} wait for the broker; 10 s. */
    public TelpherBuilder connectTimeout(Duration timeout) {
        connectTimeout = timeout;
        return this;
    }

    /** How long a call waits for its reply, room in the window and a connection included; 30 s. */
    public TelpherBuilder requestTimeout(Duration timeout) {
        requestTimeout = timeout;
        return this;
    }

    /**
     * What may be under way at once on one connection; 16,384 requests, and 64 MiB or a quarter of the heap, whichever is less. Beyond it callers wait.
     *
     * @param requests 1 to 16,384
     * @param bytes 1 to 1 GiB; a request larger than this is sent when nothing else is under way
     */
    public TelpherBuilder window(int requests, long bytes) {
        windowRequests = requests;
        windowBytes = bytes;
        return this;
    }

    /** When the window is full a call fails with OVERLOADED instead of waiting. */
    public TelpherBuilder failWhenFull() {
        failsWhenFull = true;
        return this;
    }

    /** {@link #connect} and {@link WorkerBuilder#start()} return at once; requests wait for the connection, until their timeout. */
    public TelpherBuilder lazy() {
        lazy = true;
        return this;
    }

    /** What runs the callbacks of futures, and listeners; by default threads that all clients of a process share, which end when they are idle. */
    public TelpherBuilder callbackExecutor(Executor executor) {
        callbackExecutor = executor;
        return this;
    }

    /** Hears of the connection that producers share; workers have their own, see {@link Worker#state}. On the callback executor. */
    public TelpherBuilder listener(ConnectionListener connectionListener) {
        listener = connectionListener;
        return this;
    }

    /** Asked before the client's own, which are {@link Codec#BYTES}, {@link Codec#TEXT} and JSON when Jackson is present; the first given is asked first. */
    public TelpherBuilder codec(Codec codec) {
        codecs.add(Objects.requireNonNull(codec, "codec"));
        return this;
    }

    /** Sees every submit of this client and every task of its workers; the first given is the outermost. */
    public TelpherBuilder interceptor(Interceptor interceptor) {
        interceptors.add(Objects.requireNonNull(interceptor, "interceptor"));
        return this;
    }

    /**
     * Gives each submit that has no idempotency key one of its own, so that it is sent again after a lost connection instead of failing with an unknown outcome. The broker
     * remembers such a key for twice the call's timeout, at least a minute, unless the task says otherwise.
     */
    public TelpherBuilder autoKeys() {
        autoKeys = true;
        return this;
    }

    /**
     * Connects.
     *
     * @throws IllegalArgumentException when the URL is malformed or an option out of its range
     * @throws ConnectionException as {@link Telpher#connect(String)}; a lazy client throws it only when TLS can't be set up
     */
    @SuppressWarnings("resource") // handed to the caller, closed when connecting failed
    public Telpher connect() {
        ClientUrl parsed = ClientUrl.parse(url);
        ClientOptions options = new ClientOptions(
                clientName,
                version,
                connectTimeout,
                requestTimeout,
                windowRequests,
                windowBytes,
                failsWhenFull,
                lazy,
                callbackExecutor,
                listener,
                Codecs.of(codecs),
                List.copyOf(interceptors),
                autoKeys);
        options.check();
        try {
            Telpher telpher = new Telpher(parsed, options);
            telpher.open();
            return telpher;
        } catch (SSLException e) {
            throw new ConnectionException("TLS can't be set up: " + e.getMessage(), false, e);
        }
    }
}
