/** Frames: their header, how they are written, checked and laid under a reader, and the table of what each type is. */
@NullMarked
package io.telpher.protocol.frame;

import org.jspecify.annotations.NullMarked;
