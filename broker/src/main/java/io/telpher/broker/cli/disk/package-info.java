/** Commands that work on data directories, without a broker or beside it: backups, journals, nodes of a cluster. */
@NullMarked
package io.telpher.broker.cli.disk;

import org.jspecify.annotations.NullMarked;
