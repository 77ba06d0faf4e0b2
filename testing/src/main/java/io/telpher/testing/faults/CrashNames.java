package io.telpher.testing.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tree of names, as programs see it and as the disk has it. A name that was made, removed or changed is on the disk when its folder was
 * synced, and not by a sync of the file: POSIX promises no more, and some file systems keep no more. Within a folder changes reach the disk in
 * the order they were made; a rename does so in one piece, also from folder to folder.
 */
final class CrashNames {
    interface Node {}

    static final class Folder implements Node {
        private final Map<String, Node> seen = new TreeMap<>();
        private final Map<String, Node> onDisk = new TreeMap<>();

        /** What it holds on the disk, by name. */
        Map<String, Node> onDisk() {
            return onDisk;
        }
    }

    /** A name's place. */
    private record Place(Folder folder, String name) {}

    /**
     * @param from null when the node is new
     * @param to null when it is removed
     */
    private record Change(
            long number, @Nullable Place from, @Nullable Place to, Node node) {
        boolean touches(Set<Folder> folders) {
            return (from != null && folders.contains(from.folder)) || (to != null && folders.contains(to.folder));
        }

        void addFolders(Set<Folder> folders) {
            if (from != null) {
                folders.add(from.folder);
            }
            if (to != null) {
                folders.add(to.folder);
            }
        }

        void reachDisk() {
            if (from != null) {
                from.folder.onDisk.remove(from.name);
            }
            if (to != null) {
                to.folder.onDisk.put(to.name, node);
            }
        }
    }

    private final Folder root = new Folder();
    private final List<Change> pending = new ArrayList<>();

    Folder root() {
        return root;
    }

    /** It was there when the file system was mounted. */
    void existing(String path, Node node) {
        Place place = place(path);
        place.folder.seen.put(place.name, node);
        place.folder.onDisk.put(place.name, node);
    }

    void made(long number, String path, Node node) {
        Place place = place(path);
        place.folder.seen.put(place.name, node);
        pending.add(new Change(number, null, place, node));
    }

    void removed(long number, String path) {
        Place place = place(path);
        pending.add(new Change(number, place, null, take(place)));
    }

    void renamed(long number, String from, String to) {
        Place before = place(from);
        Node node = take(before);
        Place after = place(to);
        after.folder.seen.put(after.name, node);
        pending.add(new Change(number, before, after, node));
    }

    /** A sync of this folder that began at this record came to its end; with it goes what it can't be without. */
    void synced(String path, long began) {
        Set<Folder> folders = new HashSet<>();
        folders.add(folder(path));
        List<Change> durable = new ArrayList<>();
        for (int i = pending.size() - 1; i >= 0; i--) {
            Change change = pending.get(i);
            if (change.number <= began && change.touches(folders)) {
                change.addFolders(folders);
                durable.add(change);
                pending.remove(i);
            }
        }
        Collections.reverse(durable);
        durable.forEach(Change::reachDisk);
    }

    /** The power is cut: of each folder's changes the first ones stay, how many is chosen. */
    void cut(Random random, Tearing.Shape shape) {
        double ends =
                switch (shape) {
                    case NOTHING -> 1;
                    case EVERYTHING -> 0;
                    default -> 1.0 / (1 + random.nextInt(4));
                };
        Set<Folder> ended = new HashSet<>();
        for (Change change : pending) {
            if (change.touches(ended) || random.nextDouble() < ends) {
                change.addFolders(ended);
            } else {
                change.reachDisk();
            }
        }
        pending.clear();
    }

    private static Node take(Place place) {
        Node node = place.folder.seen.remove(place.name);
        if (node == null) {
            throw new IllegalStateException("the log removes " + place.name + ", which is not there");
        }
        return node;
    }

    private Place place(String path) {
        int slash = path.lastIndexOf('/');
        return new Place(folder(path.substring(0, slash)), path.substring(slash + 1));
    }

    private Folder folder(String path) {
        Folder folder = root;
        for (String name : path.split("/")) {
            if (!name.isEmpty()) {
                if (!(folder.seen.get(name) instanceof Folder next)) {
                    throw new IllegalStateException("the log has no folder " + path);
                }
                folder = next;
            }
        }
        return folder;
    }
}
