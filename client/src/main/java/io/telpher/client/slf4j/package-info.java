/** SLF4J's diagnostic context, for applications that have it. */
@org.jspecify.annotations.NullMarked
package io.telpher.client.slf4j;
