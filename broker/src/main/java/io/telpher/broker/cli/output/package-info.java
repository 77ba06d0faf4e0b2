/** What commands print: tables, JSON, progress, amounts, exit codes. */
@NullMarked
package io.telpher.broker.cli.output;

import org.jspecify.annotations.NullMarked;
