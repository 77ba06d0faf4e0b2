package io.telpher.broker.sim;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** {@code bin/mutants}: compiles each planted bug and counts the seeds until the simulator catches it; a few are for a test class to catch. */
public final class Mutants {
    /** Tests that were seen to pass without a bug. */
    private static final Set<String> PASSING = new HashSet<>();

    private static final int STEPS = 1500;
    private static final int SEEDS_MAX = 60;
    private static final int TRIALS = 5;
    private static final long SEEDS_APART = 1000;
    /** With a test class that a bug is planted for. */
    private static final int PATIENCE_MINUTES = 4;

    /** Classes that a bug can be planted in: ours, and those of a library's names in their places, one of them with the library's own that may see it. */
    private static final List<String> OURS = List.of(
            "io.telpher.", "org.apache.ratis.util.PureJavaCrc32C", "org.apache.ratis.server.raftlog.segmented.");

    private final Path root;
    private final List<Path> classPath = new ArrayList<>();

    Mutants(Path root) {
        this.root = root;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            classPath.add(Path.of(entry));
        }
    }

    /** Its own classes for everything of ours, the mutated first. */
    private static final class Loader extends URLClassLoader {
        Loader(URL[] urls) {
            super(urls, Mutants.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (OURS.stream().noneMatch(name::startsWith)) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }

    /** How many seeds each trial took; {@code seedsMax + 1}: not caught. */
    record Result(Mutant mutant, List<Integer> seeds, String caughtBy) {
        boolean isOfSimulator() {
            return mutant.test() == null;
        }

        int median() {
            return seeds.stream().sorted().toList().get(seeds.size() / 2);
        }

        boolean isCaught() {
            return seeds.stream().allMatch(count -> count <= SEEDS_MAX);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(System.getProperty("telpher.root", "."));
        int trials = TRIALS;
        String only = "";
        String from = "";
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--trials" -> trials = Integer.parseInt(arguments[i + 1]);
                case "--only" -> only = arguments[i + 1];
                case "--from" -> from = arguments[i + 1];
                default -> throw new IllegalArgumentException("bin/mutants [--trials N] [--only NAME] [--from NAME]");
            }
        }
        List<Result> results = new ArrayList<>();
        boolean isBehind = from.isEmpty();
        for (Mutant mutant : Mutant.all(root)) {
            isBehind |= mutant.name().equals(from);
            if (isBehind && mutant.name().contains(only)) {
                Result result = new Mutants(root).run(mutant, trials);
                results.add(result);
                print(String.format(
                        "%-44s %s %-14s %s",
                        mutant.name(), result.isCaught() ? "caught" : "MISSED", result.seeds(), result.caughtBy()));
            }
        }
        long missed = results.stream().filter(result -> !result.isCaught()).count();
        print(results.size() + " planted bugs, " + missed + " missed" + seeds(results));
        System.exit(missed > 0 ? 1 : 0);
    }

    private static String seeds(List<Result> results) {
        int[] medians = results.stream()
                .filter(Result::isOfSimulator)
                .mapToInt(Result::median)
                .sorted()
                .toArray();
        return medians.length == 0
                ? ""
                : "; median seeds until the simulator catches one of its " + medians.length + ": "
                        + medians[medians.length / 2] + ", the hardest " + medians[medians.length - 1];
    }

    private static void print(String text) {
        System.out.println(text);
    }

    Result run(Mutant mutant, int trials) throws IOException, ReflectiveOperationException {
        Path classes = Files.createTempDirectory("mutant");
        try {
            compile(mutant, classes);
            try (Loader loader = new Loader(urls(classes))) {
                String test = mutant.test();
                return test == null ? run(mutant, loader, trials) : runTest(mutant, test, loader);
            }
        } finally {
            delete(classes);
        }
    }

    private static Result run(Mutant mutant, Loader loader, int trials) throws ReflectiveOperationException {
        List<Integer> seeds = new ArrayList<>();
        String caughtBy = "";
        Class<?> trial = loader.loadClass((mutant.isOfCluster() ? ClusterTrial.class : Trial.class).getName());
        for (int i = 0; i < trials; i++) {
            Object caught = trial.getMethod("run", long.class, int.class, int.class)
                    .invoke(null, 1 + i * SEEDS_APART, SEEDS_MAX, STEPS);
            String[] words = String.valueOf(caught).split(" ", 3);
            seeds.add(words.length < 2 ? SEEDS_MAX + 1 : Integer.parseInt(words[0]));
            caughtBy = words.length < 2 ? caughtBy : words[1];
        }
        return new Result(mutant, seeds, caughtBy);
    }

    private static Result runTest(Mutant mutant, String test, Loader loader) throws ReflectiveOperationException {
        if (PASSING.add(test)) {
            String withoutIt = TestTrial.run(test);
            if (!withoutIt.isEmpty()) {
                throw new IllegalStateException(test + " fails without any bug, too: " + withoutIt);
            }
        }
        Method trial = loader.loadClass(TestTrial.class.getName()).getMethod("run", String.class);
        String caughtBy = String.valueOf(withinPatience(() -> trial.invoke(null, test)));
        return new Result(mutant, List.of(caughtBy.isEmpty() ? SEEDS_MAX + 1 : 1), caughtBy);
    }

    /** With a bug, a test may wait for what never comes, and for no interrupt: its thread is left behind then. */
    private static Object withinPatience(Callable<Object> test) throws ReflectiveOperationException {
        FutureTask<Object> running = new FutureTask<>(test);
        Thread thread = new Thread(running, "trial");
        thread.setDaemon(true);
        thread.start();
        try {
            return running.get(PATIENCE_MINUTES, TimeUnit.MINUTES);
        } catch (TimeoutException e) {
            return "it was not over after " + PATIENCE_MINUTES + " minutes";
        } catch (ExecutionException | InterruptedException e) {
            throw new ReflectiveOperationException(e);
        }
    }

    private URL[] urls(Path first) throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        urls.add(first.toUri().toURL());
        for (Path entry : classPath) {
            urls.add(entry.toUri().toURL());
        }
        return urls.toArray(new URL[0]);
    }

    private void compile(Mutant mutant, Path into) throws IOException {
        Path source = into.resolve(root.relativize(mutant.file()).getFileName());
        Files.writeString(source, mutant.source());
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String[] arguments = {
            "-d",
            into.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-proc:none",
            "-nowarn",
            source.toString()
        };
        if (compiler.run(null, null, null, arguments) != 0) {
            throw new IllegalStateException(
                    "mutant " + mutant.name() + " does not compile: " + Arrays.toString(arguments));
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
