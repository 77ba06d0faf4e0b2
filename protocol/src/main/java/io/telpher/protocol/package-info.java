/**
 * The values that an application gives and gets. The bytes that carry them between clients and broker, and that the journal keeps, are in the
 * packages below: {@code frame} has what all frames share, the others one class per message, by subject.
 *
 * <p>A frame is {@code u32 length | u8 type | u8 version | u16 blockLength | u32 requestId | fixed block | var fields}, little
 * endian; docs/PROTOCOL.md is the reference.
 */
@NullMarked
package io.telpher.protocol;

import org.jspecify.annotations.NullMarked;
