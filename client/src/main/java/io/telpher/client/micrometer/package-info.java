/** Meters by Micrometer, for applications that have it. */
@org.jspecify.annotations.NullMarked
package io.telpher.client.micrometer;
