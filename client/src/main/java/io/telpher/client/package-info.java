@NullMarked
package io.telpher.client;

import org.jspecify.annotations.NullMarked;
