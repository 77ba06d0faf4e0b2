/** Tasks: how they are submitted, looked for, waited for, changed and explained. */
@NullMarked
package io.telpher.protocol.task;

import org.jspecify.annotations.NullMarked;
