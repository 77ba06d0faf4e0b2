@NullMarked
package io.telpher.broker;

import org.jspecify.annotations.NullMarked;
