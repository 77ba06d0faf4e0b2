package io.telpher.broker.cluster;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The leader's leave to copy what it has, for a new member.
 *
 * @param cluster its id
 * @param source the member that gives its files
 * @param link address of its node link
 * @param links of all members
 * @param replaces the member that goes when the new one comes; empty = none
 * @param terms of the cluster's {@link NodeFile.Origin}
 * @param former of it, too
 * @param ticket to be shown with each question; the next leave ends it
 */
public record InstallGrant(
        UUID cluster,
        String source,
        String link,
        List<String> links,
        String replaces,
        long terms,
        @Nullable UUID former,
        String ticket) {
    public InstallGrant {
        links = List.copyOf(links);
    }
}
