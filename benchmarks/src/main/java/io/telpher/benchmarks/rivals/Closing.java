package io.telpher.benchmarks.rivals;

/** Ends of connections whose answers no longer count. */
final class Closing {
    private static final System.Logger LOG = System.getLogger(Closing.class.getName());

    private Closing() {}

    /** The measurement is over, and a client that can't say goodbye changes no figure. */
    static void quietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection did not close: {0}", String.valueOf(e));
        }
    }
}
