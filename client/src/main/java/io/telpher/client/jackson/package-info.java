/** JSON by Jackson 2, for applications that have it. */
@org.jspecify.annotations.NullMarked
package io.telpher.client.jackson;
