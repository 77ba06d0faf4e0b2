/** One class in the place of the Raft library's own: see docs/decisions/0055. */
@NullMarked
package org.apache.ratis.util;

import org.jspecify.annotations.NullMarked;
