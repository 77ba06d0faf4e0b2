package io.telpher.broker;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.CacheMode;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import io.telpher.broker.files.DurableFile;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;

/** Which part may see which: {@code core.hash <- core.table <- core.time <- core.queue <- core.state <- core.command, core.image <- core <- partition <- net, http <- Broker <- cli}. */
@AnalyzeClasses(
        packages = "io.telpher",
        importOptions = DoNotIncludeTests.class,
        cacheMode = CacheMode.PER_CLASS) // a hundred megabytes that every collection after it would look through
class ArchitectureTest {
    private static final String ROOT = "io.telpher.broker";
    private static final String CORE = ROOT + ".core";
    private static final String COMMAND = ROOT + ".core.command";
    private static final String QUEUE = ROOT + ".core.queue";
    private static final String STATE = ROOT + ".core.state";
    private static final String SNAPSHOT = ROOT + ".core.snapshot";
    private static final String HASH = ROOT + ".core.hash";
    private static final String TABLE = ROOT + ".core.table";
    private static final String TIME = ROOT + ".core.time";
    private static final String IMAGE = ROOT + ".core.image";
    private static final String JOURNAL = ROOT + ".journal..";
    private static final String MEMORY = ROOT + ".memory..";
    private static final String FILES = ROOT + ".files..";
    private static final String PARTITION = ROOT + ".partition..";
    private static final String NET = ROOT + ".net..";
    private static final String HTTP = ROOT + ".http..";
    private static final String CLI = ROOT + ".cli..";
    private static final String SECURITY = ROOT + ".security..";
    private static final String THREAD = ROOT + ".thread..";
    private static final String CLI_RELOAD_SIGNAL = ROOT + ".cli.launch.ReloadSignal";

    /** Of the JDK, the core has the language, collections and buffers: no clock, file, thread, lock or random source. */
    private static final DescribedPredicate<JavaClass> PURE_JDK = resideInAnyPackage(
                    "java.lang",
                    "java.lang.invoke",
                    "java.lang.runtime",
                    "java.util",
                    "java.util.function",
                    "java.util.stream",
                    "java.util.zip",
                    "java.nio",
                    "java.nio.charset",
                    "org.agrona.collections",
                    "org.jspecify.annotations")
            .and(not(belongToAnyOf(
                    Thread.class,
                    Runtime.class,
                    Process.class,
                    java.util.Random.class,
                    java.util.SplittableRandom.class,
                    java.util.Date.class,
                    java.util.Timer.class,
                    java.util.UUID.class)))
            .or(belongToAnyOf(TimeUnit.class))
            .as("the JDK without clocks, files, threads and chance");

    // ---- the core

    @ArchTest
    static final ArchRule theTablesSeeHashesAndTheBytesOfSnapshots = coreSees(TABLE, TABLE, HASH, SNAPSHOT);

    @ArchTest
    static final ArchRule theWheelSeesTheTables = coreSees(TIME, TIME, TABLE);

    @ArchTest
    static final ArchRule aQueueSeesItsTablesAndWheels = coreSees(QUEUE, QUEUE, TABLE, TIME, HASH, SNAPSHOT);

    @ArchTest
    static final ArchRule theStateSeesItsQueues = coreSees(STATE, STATE, QUEUE, TABLE, TIME, HASH, SNAPSHOT);

    @ArchTest
    static final ArchRule theImageSeesTheState = coreSees(IMAGE, IMAGE, STATE, QUEUE, TABLE, TIME, HASH, SNAPSHOT);

    @ArchTest
    static final ArchRule theBytesOfSnapshotsSeeNothing = coreSees(SNAPSHOT, SNAPSHOT);

    @ArchTest
    static final ArchRule theHandlersSeeTheState = coreSees(COMMAND + "..", COMMAND + "..", STATE, QUEUE, TABLE, HASH);

    @ArchTest
    static final ArchRule theCoreSeesItselfAndTheProtocol =
            coreSees(CORE, CORE, COMMAND + "..", STATE, QUEUE, TABLE, HASH, IMAGE, SNAPSHOT);

    @ArchTest
    static final ArchRule theCoreReadsNoClock = noClasses()
            .that()
            .resideInAPackage(CORE + "..")
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    // Its order is the order of hash codes and of growth, so a replay may see another one.
    @ArchTest
    static final ArchRule theCoreWalksNoHashMap = noClasses()
            .that()
            .resideInAPackage(CORE + "..")
            .should()
            .callMethodWhere(describe(
                    "something walks a hash map or set",
                    call -> isHashed(call.getTargetOwner())
                            && call.getName().matches("values|keySet|entrySet|iterator|stream|forEach.*|.*ForEach")));

    // ---- the shell

    @ArchTest
    static final ArchRule theJournalSeesNothingOfTheBroker = noClasses()
            .that()
            .resideInAPackage(JOURNAL)
            .should()
            .dependOnClassesThat(inBrokerOutside(JOURNAL, MEMORY, THREAD, FILES));

    @ArchTest
    static final ArchRule onlyTheJournalSeesChronicle = noClasses()
            .that()
            .resideOutsideOfPackage(JOURNAL)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("net.openhft..");

    @ArchTest
    static final ArchRule thePartitionSeesCoreAndJournal = noClasses()
            .that()
            .resideInAPackage(PARTITION)
            .should()
            .dependOnClassesThat(inBrokerOutside(PARTITION, JOURNAL, MEMORY, THREAD, FILES, CORE + ".."));

    // The edges speak to a partition; of the core they know the port that replies come out of.
    @ArchTest
    static final ArchRule theEdgesSeeThePartitionOnly = noClasses()
            .that()
            .resideInAnyPackage(NET, HTTP)
            .should()
            .dependOnClassesThat(resideInAnyPackage(CORE + "..", JOURNAL, ROOT, ROOT + ".config..", CLI)
                    .and(describe(
                            "other than Outbox", seen -> !seen.getFullName().equals(COMMAND + ".Outbox"))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule theBinaryPortDoesNotSeeHttp = noClasses()
            .that()
            .resideInAPackage(NET)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(HTTP);

    @ArchTest
    static final ArchRule nobodySeesTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI, "picocli..");

    // The broker runs without a client; the commands, which run apart from it, use one.
    @ArchTest
    static final ArchRule onlyTheCommandLineUsesTheClient = noClasses()
            .that()
            .resideInAPackage(ROOT + "..")
            .and()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.telpher.client..");

    // What an application may have or not is named in these alone.
    private static final String[] CLIENTS_OPTIONAL = {
        "io.telpher.client.jackson",
        "io.telpher.client.micrometer",
        "io.telpher.client.opentelemetry",
        "io.telpher.client.slf4j"
    };

    // A broker by itself loads none of it.
    @ArchTest
    static final ArchRule onlyTheClusterKnowsRaft = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + ".cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.ratis..");

    @ArchTest
    static final ArchRule theClusterSeesTheLog = noClasses()
            .that()
            .resideInAPackage(ROOT + ".cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CORE + "..", PARTITION, NET, HTTP, ROOT, ROOT + ".config..", CLI);

    // ---- costs

    // A hash table is cleared by its capacity, which never shrinks: cleared in each command or cycle, one that was
    // large
    // once is paid for ever after. These are dropped when they were large, hold few, or are cleared rarely.
    private static final Map<String, String> CLEARS_A_TABLE = Map.of(
            COMMAND + ".Grants", "dropped beyond 16 queues",
            COMMAND + ".task.RescheduleHandler", "of one command's ids at most",
            QUEUE + ".Sessions", "at a new term",
            STATE + ".TaskKinds", "when a snapshot was read",
            ROOT + ".partition.reply.Replies", "dropped beyond 256 sessions",
            ROOT + ".partition.session.Shares", "at the end of a leadership",
            ROOT + ".partition.deadletter.ReplayRun", "at the end of a run",
            ROOT + ".partition.storage.Compaction", "once in a look through the tasks");

    @ArchTest
    static final ArchRule noTableIsClearedAgainAndAgain = noClasses()
            .that()
            .resideInAnyPackage(CORE + "..", PARTITION)
            .and(describe("are not known to", type -> !CLEARS_A_TABLE.containsKey(type.getName())))
            .should()
            .callMethodWhere(describe("clears a hash table", call -> clearsTable(call)));

    private static boolean clearsTable(JavaMethodCall call) {
        JavaClass owner = call.getTargetOwner();
        boolean isTable = owner.isAssignableTo(Map.class)
                || owner.isAssignableTo(Set.class)
                || owner.getName().matches("org.agrona.collections.*(Map|Set)");
        return call.getName().equals("clear") && isTable && !owner.isAssignableTo(SortedMap.class);
    }

    // ---- everything

    @ArchTest
    static final ArchRule noPackagesOfTheBrokerDependOnEachOtherInACycle =
            slices().matching(ROOT + ".(**)").should().beFreeOfCycles();

    // Classes that need each other can only be understood together.
    private static final int CLASSES_IN_A_CYCLE_MAX = 8;

    @ArchTest
    static void noCycleOfClassesIsLarge(JavaClasses seen) {
        ClassCycles.largest(seen)
                .forEach((home, cycle) -> assertTrue(
                        cycle.size() <= CLASSES_IN_A_CYCLE_MAX,
                        () -> home + ": " + cycle.size() + " classes need each other: " + cycle));
    }

    @ArchTest
    static void noTwoPublicTypesHaveOneName(JavaClasses seen) {
        Map<String, String> homes = new TreeMap<>();
        seen.stream()
                .filter(each -> each.isTopLevelClass() && each.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(each -> !each.getPackageName().startsWith("io.telpher.benchmarks"))
                .forEach(each -> assertNull(
                        homes.putIfAbsent(each.getSimpleName(), each.getPackageName()),
                        () -> "one more " + each.getName() + ", beside that of " + homes.get(each.getSimpleName())));
    }

    // A package is one subject. As many files as there are where there are more: those numbers only go down.
    private static final int CLASSES_A_PACKAGE_MAX = 25;

    private static final Map<String, Integer> LARGER_PACKAGES = Map.of(
            "io.telpher.client", 55, ROOT + ".cluster", 27, ROOT + ".journal", 43, "io.telpher.benchmarks.rivals", 27);

    @ArchTest
    static void noPackageIsLarge(JavaClasses seen) {
        Map<String, Set<String>> packages = new TreeMap<>();
        seen.stream()
                .filter(each -> !each.getSimpleName().equals("package-info"))
                .forEach(each -> packages.computeIfAbsent(each.getPackageName(), name -> new TreeSet<>())
                        .add(each.getName().replaceFirst("\\$.*", "")));
        packages.forEach((home, files) -> {
            int max = LARGER_PACKAGES.getOrDefault(home, CLASSES_A_PACKAGE_MAX);
            assertTrue(files.size() <= max, () -> home + " has " + files.size() + " classes; the limit is " + max);
            boolean isSmaller = LARGER_PACKAGES.containsKey(home) && files.size() < max;
            assertFalse(isSmaller, () -> home + ": the limit can go down to " + files.size());
        });
    }

    @ArchTest
    static final ArchRule noPackagesOfTheProtocolDependOnEachOtherInACycle =
            slices().matching("io.telpher.protocol.(*)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theValuesOfTheProtocolSeeNoMessages = noClasses()
            .that()
            .resideInAPackage("io.telpher.protocol")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.telpher.protocol.*..");

    @ArchTest
    static final ArchRule framesSeeNoMessages = noClasses()
            .that()
            .resideInAPackage("io.telpher.protocol.frame")
            .should()
            .dependOnClassesThat(resideInAPackage("io.telpher.protocol.*..")
                    .and(not(resideInAPackage("io.telpher.protocol.frame"))));

    @ArchTest
    static final ArchRule theProtocolHasNoDependencies = classes()
            .that()
            .resideInAPackage("io.telpher.protocol..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.telpher.protocol..", "java..", "org.jspecify.annotations");

    @ArchTest
    static final ArchRule theClientSeesTheProtocolAndNetty = classes()
            .that()
            .resideInAPackage("io.telpher.client..")
            .and()
            .resideOutsideOfPackages(CLIENTS_OPTIONAL)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.telpher.client..",
                    "io.telpher.protocol..",
                    "io.netty..",
                    "java..",
                    "javax.net.ssl..",
                    "org.jspecify.annotations");

    @ArchTest
    static final ArchRule nothingUsesJavaSerialization =
            noClasses().should().dependOnClassesThat(belongToAnyOf(ObjectInputStream.class, ObjectOutputStream.class));

    // What comes from outside never names a class. The one exception names the JDK's own, by constants.
    @ArchTest
    static final ArchRule nothingLooksUpClassesByName = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(CLI_RELOAD_SIGNAL)
            .should()
            .callMethodWhere(describe(
                    "a class is looked up by name",
                    call -> call.getName().matches("forName|loadClass|findClass|defineClass")
                            && (call.getTargetOwner().isEquivalentTo(Class.class)
                                    || call.getTargetOwner().isAssignableTo(ClassLoader.class)
                                    || call.getTargetOwner().isEquivalentTo(MethodHandles.Lookup.class))));

    @ArchTest
    static final ArchRule nothingRunsScriptsOrAsksDirectories = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "javax.script..", "javax.naming..", "java.beans..", "java.rmi..", "javax.management.remote..");

    @ArchTest
    static final ArchRule jsonMakesNoObjectsOfClassesThatItNames = noClasses()
            .should()
            .callMethodWhere(describe("a class named in JSON is made", call -> call.getName()
                    .matches("enableDefaultTyping|activateDefaultTyping.*")));

    // A regular expression that goes back takes far longer than a text is, when the text is made for that. What reads
    // the operator's own files or the
    // command line may have them, and so may these.
    private static final List<String> MAY_USE_REGULAR_EXPRESSIONS = List.of(
            ROOT + ".security.Pem", // tls.key
            ROOT + ".security.TokenFile", // the hash of a token in the operator's file
            "io.telpher.client.ClientUrl", // the URL that the user of the client gives
            "io.telpher.client.Tls"); // what the JDK says about a handshake

    @ArchTest
    static final ArchRule noRegularExpressionSeesWhatClientsWrite = noClasses()
            .that(resideInAnyPackage("io.telpher.protocol..", "io.telpher.client..", ROOT + "..")
                    .and(not(resideInAnyPackage(CLI, ROOT + ".config..")))
                    .and(not(describe(
                            "with a reason",
                            seen -> MAY_USE_REGULAR_EXPRESSIONS.contains(
                                    seen.getFullName().replaceFirst("\\$.*", ""))))))
            .should()
            .callMethodWhere(describe("a regular expression or a pattern is used", ArchitectureTest::usesPattern));

    private static boolean usesPattern(JavaAccess<?> call) {
        JavaClass owner = call.getTargetOwner();
        boolean ofText = owner.isEquivalentTo(String.class)
                && List.of("matches", "split", "replaceAll", "replaceFirst").contains(call.getName());
        boolean ofTime = call.getName().equals("parse")
                && (owner.isEquivalentTo(java.time.Duration.class) || owner.isEquivalentTo(java.time.Period.class));
        return ofText || ofTime || owner.getPackageName().equals("java.util.regex") || isScanner(owner);
    }

    private static boolean isScanner(JavaClass owner) {
        return owner.isEquivalentTo(java.util.Scanner.class) || owner.isAssignableTo(java.text.Format.class);
    }

    @ArchTest
    static final ArchRule securitySeesThePartitionsPortOnly = noClasses()
            .that()
            .resideInAPackage(SECURITY)
            .should()
            .dependOnClassesThat(inBrokerOutside(SECURITY, THREAD, FILES)
                    .and(describe("other than Rights", seen -> !seen.getFullName()
                            .equals(ROOT + ".partition.session.Rights"))));

    // A file that was given its name and is not found under it after a power cut: what was confirmed is lost, or what
    // was taken back is there again. These say of a process what another start finds out anew, or an operator repeats.
    private static final List<String> MAY_LOSE_A_NAME = List.of(
            ROOT + ".Broker", // ports.json
            ROOT + ".cli.launch.LiveConfig", // what this process applied
            ROOT + ".cli.connect.Contexts", // the brokers that tq knows
            ROOT + ".partition.deadletter.ReplayRunFile"); // what is dead stands in the journal

    @ArchTest
    static final ArchRule whoNamesAFileForcesItsFolder = classes()
            .that()
            .resideInAPackage(ROOT + "..")
            .and(describe(
                    "give a file its name",
                    seen -> calls(seen, Files.class, "move") && !MAY_LOSE_A_NAME.contains(seen.getName())))
            .should(ArchConditions.have(describe(
                    "a call that forces a folder",
                    seen -> calls(seen, DurableFile.class, "force")
                            || calls(seen, DurableFile.class, "forceNames")
                            || calls(seen, DurableFile.FolderForce.class, "apply"))));

    private static boolean calls(JavaClass seen, Class<?> owner, String method) {
        return seen.getMethodCallsFromSelf().stream()
                .anyMatch(call ->
                        call.getName().equals(method) && call.getTargetOwner().isEquivalentTo(owner));
    }

    // Those made there say what becomes of a failure.
    @ArchTest
    static final ArchRule threadsAreMadeInOnePlace = noClasses()
            .that()
            .resideInAPackage(ROOT + "..")
            .and()
            .resideOutsideOfPackages(THREAD, CLI)
            .should()
            .callConstructorWhere(describe(
                    "a thread or timer is made",
                    call -> call.getTargetOwner().isAssignableTo(Thread.class)
                            || call.getTargetOwner().isAssignableTo(java.util.Timer.class)
                            || call.getTargetOwner().isEquivalentTo(java.util.concurrent.ForkJoinPool.class)))
            .orShould()
            .callMethodWhere(describe(
                    "a thread of the JDK's choice runs it",
                    call -> call.getTargetOwner().isEquivalentTo(java.util.concurrent.Executors.class)
                                    && call.getTarget().getRawParameterTypes().stream()
                                            .noneMatch(type ->
                                                    type.isEquivalentTo(java.util.concurrent.ThreadFactory.class))
                            || call.getTargetOwner().isEquivalentTo(java.util.concurrent.CompletableFuture.class)
                                    && call.getName().matches("(run|supply)Async")));

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes()
            .should(ArchConditions.have(describe("a package marked @NullMarked", ArchitectureTest::isNullMarked)));

    private static ArchRule coreSees(String part, String... parts) {
        return classes()
                .that()
                .resideInAPackage(part)
                .should()
                .onlyDependOnClassesThat(
                        PURE_JDK.or(resideInAnyPackage(parts)).or(resideInAnyPackage("io.telpher.protocol..", "")));
    }

    private static DescribedPredicate<JavaClass> inBrokerOutside(String... parts) {
        return resideInAnyPackage(ROOT + "..")
                .and(not(resideInAnyPackage(parts)))
                .as("the broker's other parts");
    }

    private static boolean isHashed(JavaClass owner) {
        boolean ordered = owner.isAssignableTo(java.util.SortedMap.class)
                || owner.isAssignableTo(java.util.SortedSet.class)
                || owner.isAssignableTo(java.util.LinkedHashMap.class)
                || owner.isAssignableTo(java.util.LinkedHashSet.class);
        boolean map = owner.isAssignableTo(java.util.Map.class) || owner.isAssignableTo(java.util.Set.class);
        return !ordered && (map || owner.getPackageName().startsWith("org.agrona.collections"));
    }

    private static boolean isNullMarked(JavaClass seen) {
        JavaPackage home = seen.getPackage();
        return home.isAnnotatedWith(NullMarked.class);
    }
}
