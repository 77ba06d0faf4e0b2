package io.telpher.testing;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Finds what applications can see of a library and nobody has said anything about. */
public final class PublicComments {
    private PublicComments() {}

    /** Classes and members that are public or protected and have no Javadoc, nor override what may have; each as FILE: NAME. */
    public static List<String> missing(Path sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> found = Files.walk(sources)) {
            List<Path> units = found.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java"))
                    .sorted()
                    .toList();
            JavacTask task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(units));
            Look look = new Look(DocTrees.instance(task), sources);
            for (CompilationUnitTree unit : task.parse()) {
                look.scan(unit, null);
            }
            return look.missing;
        }
    }

    private static final class Look extends TreePathScanner<Void, Void> {
        private final List<String> missing = new ArrayList<>();
        private final DocTrees comments;
        private final Path sources;

        Look(DocTrees comments, Path sources) {
            this.comments = comments;
            this.sources = sources;
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            if (!isVisible(type.getModifiers())) {
                return null;
            }
            note(type.getSimpleName().toString());
            return super.visitClass(type, null);
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            boolean overrides = method.getModifiers().getAnnotations().stream()
                    .anyMatch(annotation ->
                            annotation.getAnnotationType().toString().equals("Override"));
            boolean isOfARecord = outer().getKind() == Tree.Kind.RECORD && method.getReturnType() == null;
            if (isVisible(method.getModifiers()) && !overrides && !isOfARecord) {
                note(method.getName().toString());
            }
            return null; // what is inside is nobody's
        }

        @Override
        public Void visitVariable(VariableTree field, Void nothing) {
            boolean isOfARecord = outer().getKind() == Tree.Kind.RECORD
                    && !field.getModifiers().getFlags().contains(Modifier.STATIC);
            if (isVisible(field.getModifiers()) && !isOfARecord) {
                note(field.getName().toString());
            }
            return null;
        }

        private Tree outer() {
            TreePath parent = getCurrentPath().getParentPath();
            return parent.getLeaf();
        }

        /** Members of interfaces are public without a word. */
        private boolean isVisible(ModifiersTree modifiers) {
            Set<Modifier> flags = modifiers.getFlags();
            boolean isOfAnInterface =
                    outer().getKind() == Tree.Kind.INTERFACE || outer().getKind() == Tree.Kind.ANNOTATION_TYPE;
            return flags.contains(Modifier.PUBLIC)
                    || flags.contains(Modifier.PROTECTED)
                    || isOfAnInterface && !flags.contains(Modifier.PRIVATE);
        }

        private void note(String name) {
            if (comments.getDocComment(getCurrentPath()) == null) {
                Path file = Path.of(
                        getCurrentPath().getCompilationUnit().getSourceFile().toUri());
                missing.add(sources.toAbsolutePath().relativize(file) + ": " + name);
            }
        }
    }
}
