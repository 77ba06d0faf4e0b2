/** Questions that take more than a moment: scans with a budget, searches, explanations, rates. */
@NullMarked
package io.telpher.broker.partition.query;

import org.jspecify.annotations.NullMarked;
