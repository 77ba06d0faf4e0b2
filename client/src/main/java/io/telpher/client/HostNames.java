package io.telpher.client;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;

/** Looks names up beside the event loop, which a name server that does not answer would hold up for seconds. */
final class HostNames extends AddressResolverGroup<InetSocketAddress> {
    private final Executor threads;

    HostNames(Executor threads) {
        this.threads = threads;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor loop) {
        return new InetSocketAddressResolver(loop, new Lookup(loop));
    }

    private final class Lookup extends InetNameResolver {
        Lookup(EventExecutor loop) {
            super(loop);
        }

        @Override
        protected void doResolve(String host, Promise<InetAddress> found) throws UnknownHostException {
            if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
                found.setSuccess(InetAddress.getByName(host));
            } else {
                threads.execute(() -> find(host, found));
            }
        }

        private static void find(String host, Promise<InetAddress> found) {
            try {
                found.trySuccess(InetAddress.getByName(host));
            } catch (UnknownHostException | RuntimeException e) {
                found.tryFailure(e);
            }
        }

        @Override
        protected void doResolveAll(String host, Promise<List<InetAddress>> found) {
            found.setFailure(new UnsupportedOperationException("one address is enough"));
        }
    }
}
