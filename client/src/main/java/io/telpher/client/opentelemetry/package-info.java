/** Traces and metrics by OpenTelemetry, for applications that have it. */
@org.jspecify.annotations.NullMarked
package io.telpher.client.opentelemetry;
