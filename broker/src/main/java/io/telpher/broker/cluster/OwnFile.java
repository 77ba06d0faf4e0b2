package io.telpher.broker.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** This node's {@link NodeFile} while it runs: what changes is on the disk before anyone sees it. Any thread. */
final class OwnFile {
    private final Path directory;
    private volatile NodeFile present;

    OwnFile(Path directory, NodeFile present) {
        this.directory = directory;
        this.present = present;
    }

    NodeFile present() {
        return present;
    }

    synchronized NodeFile change(UnaryOperator<NodeFile> change) throws IOException {
        NodeFile changed = change.apply(present);
        if (!changed.equals(present)) {
            changed.write(directory);
            present = changed;
        }
        return changed;
    }
}
