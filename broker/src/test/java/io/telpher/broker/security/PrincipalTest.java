package io.telpher.broker.security;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrincipalTest {
    private static String countedAs(Principal principal, String host, int port) {
        return principal.countedAs(new InetSocketAddress(host, port));
    }

    @Test
    void shouldCountWhoHasATokenByItAndNotByTheAddress() {
        Principal token = new Principal("k3f9", "", "mail", List.of(), List.of());
        assertEquals("mail (k3f9)", countedAs(token, "10.0.0.1", 1));
        assertEquals("mail (k3f9)", countedAs(token, "10.0.0.2", 2));
    }

    @Test
    void shouldCountWhoHasNoTokenByTheAddressWithoutItsPort() {
        assertEquals("10.0.0.1", countedAs(Principal.ANYONE, "10.0.0.1", 1));
        assertEquals("10.0.0.1", countedAs(Principal.ANYONE, "10.0.0.1", 2));
    }

    @Test
    void shouldCountAllAddressesOfAnIpv6NetAsOne() {
        assertEquals("2001:db8:0:1::/64", countedAs(Principal.ANYONE, "2001:db8:0:1::7", 1));
        assertEquals("2001:db8:0:1::/64", countedAs(Principal.ANYONE, "2001:db8:0:1:ffff::8", 1));
        assertEquals("2001:db8:0:2::/64", countedAs(Principal.ANYONE, "2001:db8:0:2::7", 1));
    }
}
