package io.telpher.broker.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Does the faults to one broker, alone and mixed, and has it running again after each. One thread. */
final class Nemesis {
    private static final int HEAP_MB = 256;
    private static final int SMALL_HEAP_MB = 40;
    private static final int CLOCK_SECONDS_MAX = 3_600;
    private static final long ABOVE_WATERMARK = 230L << 20;

    private final RealBroker broker;
    private final Disk disk;
    private final List<FaultProxy> proxies;
    private final History history;
    private final Traffic traffic;
    private final Random random;
    private final int stopMsMax;
    private final List<Fault> sudden = new ArrayList<>();
    private final List<Fault> lasting = new ArrayList<>();
    private final FaultCounts<Fault> counts = new FaultCounts<>(Fault.class);
    private boolean diskWasFull;

    /** @param proxies of the binary port and of HTTP */
    Nemesis(
            RealBroker broker,
            Disk disk,
            List<FaultProxy> proxies,
            History history,
            Traffic traffic,
            Random random,
            int stopMsMax) {
        this.broker = broker;
        this.disk = disk;
        this.proxies = proxies;
        this.history = history;
        this.traffic = traffic;
        this.random = random;
        this.stopMsMax = stopMsMax;
        for (Fault fault : Fault.values()) {
            if ((fault.needsFaultyDisk && !disk.isFaulty()) || (fault == Fault.CLOCK && broker.clock() == null)) {
                continue;
            }
            (fault.isSudden ? sudden : lasting).add(fault);
        }
    }

    FaultCounts<Fault> counts() {
        return counts;
    }

    /** One to three faults, the rarest kinds first; the broker runs afterwards. */
    void strike() throws IOException, InterruptedException {
        List<Fault> beside = new ArrayList<>();
        int dice = random.nextInt(10);
        for (int i = 0; i < (dice < 5 ? 0 : dice < 8 ? 1 : 2); i++) {
            Fault fault = counts.rarest(lasting, random);
            if (!beside.contains(fault)) {
                beside.add(fault);
                begin(fault);
            }
        }
        pause(200 + random.nextInt(1_000));
        suddenly(counts.rarest(sudden, random));
        if (!broker.isAlive()) {
            start(HEAP_MB);
        }
        pause(random.nextInt(500));
        calm();
    }

    private void note(Fault fault, String how) {
        counts.count(fault);
        say(fault + how);
    }

    private void say(String what) {
        history.add(Event.of(Event.Kind.FAULT).text(what));
    }

    private void begin(Fault fault) throws IOException {
        switch (fault) {
            case SLOW_SYNC -> {
                int ms = 20 + random.nextInt(random.nextInt(4) == 0 ? 1_500 : 200);
                note(fault, " " + ms + " ms");
                disk.faults().delaySyncs(ms);
            }
            case DELAY -> {
                int ms = 5 + random.nextInt(400);
                note(fault, " " + ms + " ms");
                proxies.forEach(proxy -> proxy.weather(new FaultProxy.Weather(ms, Integer.MAX_VALUE, 0)));
            }
            case TRICKLE -> {
                int bytes = 1 + random.nextInt(200);
                note(fault, " " + bytes + " bytes");
                proxies.forEach(proxy -> proxy.weather(new FaultProxy.Weather(0, bytes, 1)));
            }
            case CLOCK -> {
                int seconds = random.nextInt(2 * CLOCK_SECONDS_MAX) - CLOCK_SECONDS_MAX;
                note(fault, " " + seconds + " s");
                setClock(seconds);
            }
            default -> throw new IllegalStateException(fault + " does not last");
        }
    }

    /**
     * Starts the broker when a full disk ended it a moment after there was space again: what it tried to write had failed before.
     *
     * @return whether it had to
     */
    boolean startsAfterFullDisk() throws IOException {
        if (broker.isAlive() || !diskWasFull || !broker.lastOutput().contains("TQ-2004")) {
            return false;
        }
        say("the broker stopped on the full disk, late");
        diskWasFull = false;
        start(HEAP_MB);
        return true;
    }

    private void suddenly(Fault fault) throws IOException, InterruptedException {
        diskWasFull = fault == Fault.DISK_FULL;
        switch (fault) {
            case KILL -> {
                note(fault, "");
                broker.kill();
            }
            case TERMINATE -> {
                note(fault, "");
                broker.terminate();
            }
            case STOP -> stop();
            case POWER_CUT -> {
                note(fault, "");
                cut();
            }
            case POWER_CUT_IN_RECOVERY -> {
                note(fault, "");
                cut();
                cutInRecovery();
            }
            case SYNC_ERROR -> failSync();
            case DISK_FULL -> fill();
            case SMALL_HEAP -> smallHeap();
            case DROP -> {
                note(fault, "");
                proxies.forEach(proxy -> proxy.drop(0.6, random));
            }
            case HALF_CLOSE -> {
                note(fault, "");
                proxies.forEach(proxy -> proxy.halfClose(0.4, random));
            }
            default -> throw new IllegalStateException(fault + " is not sudden");
        }
    }

    /** Short ones are as likely as long ones. */
    private void stop() throws IOException, InterruptedException {
        long ms = (long) (100 * Math.pow(stopMsMax / 100.0, random.nextDouble()));
        note(Fault.STOP, " " + ms + " ms");
        broker.signal("STOP");
        pause(ms);
        broker.signal("CONT");
        say("CONT");
    }

    private void cut() throws IOException, InterruptedException {
        broker.kill();
        history.add(Event.of(Event.Kind.POWER_CUT));
        int unsynced = disk.cut(random);
        say("power cut with " + unsynced + " changes not synced");
    }

    private void cutInRecovery() throws IOException, InterruptedException {
        int cuts = 1 + random.nextInt(3);
        for (int i = 0; i < cuts; i++) {
            broker.begin(HEAP_MB);
            // A start takes about a second: before, during and behind its recovery.
            pause(300 + random.nextInt(1_500));
            cut();
        }
    }

    private void failSync() throws IOException, InterruptedException {
        note(Fault.SYNC_ERROR, "");
        // All of them: the first may be of a file of zeros, which the broker can do without.
        disk.faults().failSyncs(Integer.MAX_VALUE);
        broker.awaitEnd(90);
        disk.faults().failSyncs(0);
        // What the failed sync left unwritten is lost with the power, or with the next start's luck.
        if (random.nextBoolean()) {
            history.add(Event.of(Event.Kind.POWER_CUT));
            disk.cut(random);
        }
    }

    private void fill() throws IOException, InterruptedException {
        boolean seen = random.nextBoolean();
        note(Fault.DISK_FULL, seen ? " slowly" : " at once");
        disk.faults().space(seen ? random.nextLong(ABOVE_WATERMARK) : random.nextInt(200_000));
        pause(500 + random.nextInt(3_000));
        if (!broker.isAlive()) {
            say("the broker stopped on the full disk");
        }
        disk.faults().space(-1);
    }

    private void smallHeap() throws IOException, InterruptedException {
        note(Fault.SMALL_HEAP, " " + SMALL_HEAP_MB + " MiB");
        broker.terminate();
        if (tryStart(SMALL_HEAP_MB)) {
            pause(3_000);
            if (broker.isAlive() && random.nextBoolean()) {
                broker.kill();
            } else if (broker.isAlive()) {
                broker.terminate();
            } else {
                say("the broker ran out of memory");
            }
        } else {
            say("the broker can't start in so little memory");
        }
    }

    private void calm() throws IOException {
        proxies.forEach(proxy -> proxy.weather(FaultProxy.Weather.FINE));
        if (disk.isFaulty()) {
            disk.faults().delaySyncs(0);
        }
        say("calm");
    }

    /** Starts the broker, which must come up from whatever was left. */
    void start(int heapMb) throws IOException {
        if (!tryStart(heapMb)) {
            throw new IllegalStateException("the broker does not start any more: " + broker.lastOutput());
        }
    }

    void start() throws IOException {
        noteClock(0);
        start(HEAP_MB);
    }

    private boolean tryStart(int heapMb) throws IOException {
        broker.begin(heapMb);
        RealBroker.Ports ports = broker.awaitReady();
        if (ports == null) {
            return false;
        }
        proxies.get(0).target(ports.binary());
        proxies.get(1).target(ports.http());
        history.add(Event.of(Event.Kind.STARTED));
        return true;
    }

    /** The history may say a moment too long that the clock shows more, and never too short. */
    private void setClock(long seconds) throws IOException {
        boolean isAhead = seconds > traffic.wallErrorSeconds();
        if (isAhead) {
            noteClock(seconds);
        }
        Objects.requireNonNull(broker.clock()).set(seconds);
        if (!isAhead) {
            noteClock(seconds);
        }
        traffic.wallErrorSeconds(seconds);
    }

    private void noteClock(long seconds) {
        history.addClock(seconds);
    }

    /** Nothing waits for its time any more: the wall clock shows more than it ever did. */
    void endWaiting() throws IOException {
        if (broker.clock() != null) {
            setClock(3L * CLOCK_SECONDS_MAX);
        }
    }

    private void pause(long ms) {
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(ms));
    }
}
