/*
 * powerloss BACKING LOG MOUNT
 *
 * A file system that keeps everything in the directory BACKING and writes down, in LOG, each change and each sync in the order they
 * took effect. From that order CrashImage.java rebuilds what a power cut may leave. It ends, and unmounts, when its standard input does.
 *
 * Orders are written to MOUNT/.control:
 *   fail_syncs N      the next N syncs of files fail with EIO
 *   sync_delay_us N   each sync takes so much longer
 *   space N           so many bytes can still be allocated; -1: as many as BACKING has
 *   bad_page FILE N   the page at offset N of the file with this inode number can't be read any more: EIO; what the kernel remembers of it
 *                     it goes on giving
 * and reading it gives the bytes of the log so far, which then are in the file, and the syncs that still have to fail.
 *
 * Requests come on several threads. `order` is held over each change together with its record, so the log has the order of the changes.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <fuse.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CONTROL "/.control"
#define BAD_BYTES 4096
#define MAGIC 0x31304c50u /* "PL01" */

/* Then the path, the second path and, for a write, the bytes. Little endian, as the machines are that run this. */
struct record {
    uint32_t magic;
    uint8_t kind;
    uint8_t reserved[3];
    uint64_t number;
    uint64_t file;
    uint64_t offset;
    uint32_t length;
    uint16_t path_length;
    uint16_t second_length;
};

enum kind {
    EXISTING_FILE = 'f', EXISTING_DIRECTORY = 'm',
    CREATE = 'C', MKDIR = 'M', UNLINK = 'U', RMDIR = 'D', RENAME = 'R',
    WRITE = 'W', ZEROS = 'Z', TRUNCATE = 'T', GROW = 'G',
    SYNC_BEGINS = 'b', SYNCED = 'S', SYNC_FAILED = 'E', DIRECTORY_SYNCED = 'N',
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static pthread_t main_thread;
static FILE *log_file;
static uint64_t records;
static uint64_t log_bytes;
static int backing;

/* Orders; under `order`. */
static long syncs_to_fail;
static long sync_delay_us;
static long long space = -1;
static struct { uint64_t file; long long offset; } bad_pages[64];
static int bad_page_count;

static const char *relative(const char *path) { return path[1] ? path + 1 : "."; }

static bool is_control(const char *path) { return path && !strcmp(path, CONTROL); }

static void append(const void *bytes, size_t length) {
    if (length && fwrite(bytes, length, 1, log_file) != 1) {
        /* A log with a hole would make images that never were. */
        perror("powerloss: the log can't be written");
        _exit(1);
    }
    log_bytes += length;
}

/* The caller holds `order`. */
static uint64_t log_names(enum kind kind, uint64_t file, uint64_t offset, const char *path, const char *second) {
    struct record record = {.magic = MAGIC, .kind = kind, .number = ++records, .file = file, .offset = offset};
    record.path_length = path ? strlen(path) : 0;
    record.second_length = second ? strlen(second) : 0;
    append(&record, sizeof record);
    append(path, record.path_length);
    append(second, record.second_length);
    return record.number;
}

static uint64_t log_change(enum kind kind, uint64_t file, uint64_t offset) {
    return log_names(kind, file, offset, NULL, NULL);
}

static bool all_zero(const char *bytes, size_t length) {
    return length == 0 || (bytes[0] == 0 && !memcmp(bytes, bytes + 1, length - 1));
}

static void log_write(uint64_t file, uint64_t offset, const char *bytes, size_t length) {
    bool zeros = all_zero(bytes, length);
    struct record record = {.magic = MAGIC, .kind = zeros ? ZEROS : WRITE, .number = ++records, .file = file,
                            .offset = offset, .length = length};
    append(&record, sizeof record);
    if (!zeros) append(bytes, length);
}

static uint64_t number_of(int fd) {
    struct stat status;
    return fstat(fd, &status) ? 0 : status.st_ino;
}

/* An open file's identity is asked for once. */
struct handle {
    int fd;
    uint64_t file;
};

static struct handle *handle_of(struct fuse_file_info *info) { return (struct handle *)(uintptr_t)info->fh; }

static int keep(int fd, struct fuse_file_info *info) {
    struct handle *handle = malloc(sizeof *handle);
    if (!handle) {
        close(fd);
        return -ENOMEM;
    }
    handle->fd = fd;
    handle->file = number_of(fd);
    info->fh = (uintptr_t)handle;
    return 0;
}

/* ---- space, as if the disk were small. The caller holds `order`. */

static long long allocated(int fd) {
    struct stat status;
    return fstat(fd, &status) ? 0 : status.st_blocks * 512LL;
}

static bool needs_blocks(int fd, off_t offset, size_t length) {
    off_t hole = lseek(fd, offset, SEEK_HOLE);
    return hole < 0 || hole < offset + (off_t)length;
}

static void take_space(long long bytes) {
    if (space < 0) return;
    space = space > bytes ? space - bytes : 0;
}

/* ---- names */

static int on_getattr(const char *path, struct stat *status, struct fuse_file_info *info) {
    if (is_control(path)) {
        memset(status, 0, sizeof *status);
        status->st_mode = S_IFREG | 0600;
        status->st_nlink = 1;
        return 0;
    }
    if (info && info->fh) return fstat(handle_of(info)->fd, status) ? -errno : 0;
    return fstatat(backing, relative(path), status, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

static int on_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                      enum fuse_readdir_flags flags) {
    (void)offset, (void)info, (void)flags;
    int fd = openat(backing, relative(path), O_RDONLY | O_DIRECTORY);
    if (fd < 0) return -errno;
    DIR *directory = fdopendir(fd);
    if (!directory) {
        close(fd);
        return -errno;
    }
    struct dirent *entry;
    while ((entry = readdir(directory))) fill(buffer, entry->d_name, NULL, 0, 0);
    closedir(directory);
    return 0;
}

static int on_mkdir(const char *path, mode_t mode) {
    pthread_mutex_lock(&order);
    int failed = mkdirat(backing, relative(path), mode) ? -errno : 0;
    if (!failed) log_names(MKDIR, 0, 0, path, NULL);
    pthread_mutex_unlock(&order);
    return failed;
}

static int on_unlink(const char *path) {
    pthread_mutex_lock(&order);
    struct stat status;
    int failed = fstatat(backing, relative(path), &status, AT_SYMLINK_NOFOLLOW) || unlinkat(backing, relative(path), 0) ? -errno : 0;
    if (!failed) {
        take_space(-status.st_blocks * 512LL);
        log_names(UNLINK, status.st_ino, 0, path, NULL);
    }
    pthread_mutex_unlock(&order);
    return failed;
}

static int on_rmdir(const char *path) {
    pthread_mutex_lock(&order);
    int failed = unlinkat(backing, relative(path), AT_REMOVEDIR) ? -errno : 0;
    if (!failed) log_names(RMDIR, 0, 0, path, NULL);
    pthread_mutex_unlock(&order);
    return failed;
}

static int on_rename(const char *from, const char *to, unsigned flags) {
    if (flags) return -EINVAL;
    pthread_mutex_lock(&order);
    int failed = renameat(backing, relative(from), backing, relative(to)) ? -errno : 0;
    if (!failed) log_names(RENAME, 0, 0, from, to);
    pthread_mutex_unlock(&order);
    return failed;
}

/* ---- attributes that no crash image has to tell apart */

static int on_chmod(const char *path, mode_t mode, struct fuse_file_info *info) {
    (void)info;
    return fchmodat(backing, relative(path), mode, 0) ? -errno : 0;
}

static int on_chown(const char *path, uid_t user, gid_t group, struct fuse_file_info *info) {
    (void)info;
    return fchownat(backing, relative(path), user, group, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

static int on_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *info) {
    if (is_control(path)) return 0;
    if (info && info->fh) return futimens(handle_of(info)->fd, times) ? -errno : 0;
    return utimensat(backing, relative(path), times, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

/* ---- contents */

static int truncate_open(int fd, uint64_t file, off_t size) {
    long long before = allocated(fd);
    if (ftruncate(fd, size)) return -errno;
    take_space(allocated(fd) - before);
    log_change(TRUNCATE, file, size);
    return 0;
}

static int on_truncate(const char *path, off_t size, struct fuse_file_info *info) {
    if (is_control(path)) return 0;
    int fd = info && info->fh ? handle_of(info)->fd : openat(backing, relative(path), O_RDWR);
    if (fd < 0) return -errno;
    pthread_mutex_lock(&order);
    int failed = truncate_open(fd, number_of(fd), size);
    pthread_mutex_unlock(&order);
    if (!(info && info->fh)) close(fd);
    return failed;
}

static int on_open(const char *path, struct fuse_file_info *info) {
    if (is_control(path)) {
        info->direct_io = 1;
        return 0;
    }
    /* Writes of mapped pages and of appended bytes come with their offset; and each of them may have to read what it overwrites. */
    int flags = info->flags & ~(O_APPEND | O_TRUNC | O_ACCMODE);
    int fd = openat(backing, relative(path), flags | O_RDWR);
    if (fd < 0) return -errno;
    int failed = 0;
    if (info->flags & O_TRUNC) {
        pthread_mutex_lock(&order);
        failed = truncate_open(fd, number_of(fd), 0);
        pthread_mutex_unlock(&order);
    }
    if (failed) {
        close(fd);
        return failed;
    }
    return keep(fd, info);
}

static int on_create(const char *path, mode_t mode, struct fuse_file_info *info) {
    pthread_mutex_lock(&order);
    int fd = openat(backing, relative(path), O_CREAT | O_EXCL | O_RDWR, mode);
    int failed = fd < 0 ? -errno : 0;
    if (!failed) log_names(CREATE, number_of(fd), 0, path, NULL);
    pthread_mutex_unlock(&order);
    return failed ? failed : keep(fd, info);
}

static int read_control(char *buffer, size_t size, off_t offset) {
    char text[64];
    pthread_mutex_lock(&order);
    fflush(log_file);
    int length = snprintf(text, sizeof text, "%llu %ld\n", (unsigned long long)log_bytes, syncs_to_fail);
    pthread_mutex_unlock(&order);
    if (offset >= length) return 0;
    size_t count = length - offset < (off_t)size ? (size_t)(length - offset) : size;
    memcpy(buffer, text + offset, count);
    return count;
}

static int write_control(const char *buffer, size_t size) {
    char text[64] = {0};
    if (size >= sizeof text) return -EINVAL;
    memcpy(text, buffer, size);
    pthread_mutex_lock(&order);
    int known = sscanf(text, "fail_syncs %ld", &syncs_to_fail) == 1 || sscanf(text, "sync_delay_us %ld", &sync_delay_us) == 1
        || sscanf(text, "space %lld", &space) == 1;
    if (!known && bad_page_count < 64
        && sscanf(text, "bad_page %" SCNu64 " %lld", &bad_pages[bad_page_count].file, &bad_pages[bad_page_count].offset) == 2) {
        bad_page_count++;
        known = 1;
    }
    pthread_mutex_unlock(&order);
    return known ? (int)size : -EINVAL;
}

static bool has_bad_page(uint64_t file, size_t size, off_t offset) {
    bool has = false;
    pthread_mutex_lock(&order);
    for (int i = 0; i < bad_page_count; i++) {
        has |= bad_pages[i].file == file && bad_pages[i].offset + BAD_BYTES > offset && bad_pages[i].offset < offset + (off_t)size;
    }
    pthread_mutex_unlock(&order);
    return has;
}

static int on_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
    if (!info->fh) return is_control(path) ? read_control(buffer, size, offset) : -EBADF;
    if (has_bad_page(handle_of(info)->file, size, offset)) return -EIO;
    ssize_t count = pread(handle_of(info)->fd, buffer, size, offset);
    return count < 0 ? -errno : count;
}

static int on_write(const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
    if (!info->fh) return is_control(path) ? write_control(buffer, size) : -EBADF;
    struct handle *handle = handle_of(info);
    pthread_mutex_lock(&order);
    ssize_t count = -ENOSPC;
    if (space < 0 || (long long)size <= space || !needs_blocks(handle->fd, offset, size)) {
        long long before = allocated(handle->fd);
        count = pwrite(handle->fd, buffer, size, offset);
        if (count < 0) count = -errno;
        else {
            take_space(allocated(handle->fd) - before);
            log_write(handle->file, offset, buffer, count);
        }
    }
    pthread_mutex_unlock(&order);
    return count;
}

static int on_fallocate(const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *info) {
    (void)path;
    if (mode) return -EOPNOTSUPP;
    struct handle *handle = handle_of(info);
    pthread_mutex_lock(&order);
    int failed = -ENOSPC;
    if (space < 0 || length <= space || !needs_blocks(handle->fd, offset, length)) {
        long long before = allocated(handle->fd);
        failed = -posix_fallocate(handle->fd, offset, length);
        if (!failed) {
            take_space(allocated(handle->fd) - before);
            log_change(GROW, handle->file, offset + length);
        }
    }
    pthread_mutex_unlock(&order);
    return failed;
}

static int on_fsync(const char *path, int only_data, struct fuse_file_info *info) {
    (void)path, (void)only_data;
    if (!info->fh) return 0;
    uint64_t file = handle_of(info)->file;
    pthread_mutex_lock(&order);
    uint64_t began = log_change(SYNC_BEGINS, file, 0);
    bool fails = syncs_to_fail > 0 && syncs_to_fail-- > 0;
    long delay_us = sync_delay_us;
    pthread_mutex_unlock(&order);
    if (delay_us > 0) usleep(delay_us);
    pthread_mutex_lock(&order);
    log_change(fails ? SYNC_FAILED : SYNCED, file, began);
    pthread_mutex_unlock(&order);
    return fails ? -EIO : 0;
}

static int on_fsyncdir(const char *path, int only_data, struct fuse_file_info *info) {
    (void)only_data, (void)info;
    if (!path) return -EINVAL;
    pthread_mutex_lock(&order);
    uint64_t began = records;
    long delay_us = sync_delay_us;
    pthread_mutex_unlock(&order);
    if (delay_us > 0) usleep(delay_us);
    pthread_mutex_lock(&order);
    log_names(DIRECTORY_SYNCED, 0, began, path, NULL);
    pthread_mutex_unlock(&order);
    return 0;
}

static int on_release(const char *path, struct fuse_file_info *info) {
    (void)path;
    if (info->fh) {
        close(handle_of(info)->fd);
        free(handle_of(info));
    }
    return 0;
}

static int on_statfs(const char *path, struct statvfs *status) {
    if (fstatvfs(backing, status)) return -errno;
    (void)path;
    pthread_mutex_lock(&order);
    if (space >= 0) {
        fsblkcnt_t left = space / status->f_frsize;
        if (left < status->f_bavail) status->f_bavail = left;
        if (left < status->f_bfree) status->f_bfree = left;
    }
    pthread_mutex_unlock(&order);
    return 0;
}

/* ---- life */

static volatile bool input_ended;

static void *until_input_ends(void *unused) {
    (void)unused;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {}
    input_ended = true;
    pthread_kill(main_thread, SIGTERM);
    return NULL;
}

static void *on_init(struct fuse_conn_info *connection, struct fuse_config *config) {
    (void)connection;
    config->use_ino = 1;
    config->nullpath_ok = 0;
    config->hard_remove = 1;
    /* Nobody else changes the files, so the kernel may remember them. */
    config->kernel_cache = 1;
    config->entry_timeout = config->attr_timeout = 60;
    config->negative_timeout = 0;

    sigset_t signals, before;
    sigfillset(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    pthread_t thread;
    if (pthread_create(&thread, NULL, until_input_ends, NULL)) _exit(1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return NULL;
}

static void on_destroy(void *unused) {
    (void)unused;
    if (fclose(log_file)) {
        perror("powerloss: the log can't be written");
        _exit(1);
    }
}

static const char *root_path;

static int log_existing(const char *path, const struct stat *status, int type, struct FTW *place) {
    if (place->level > 0 && (type == FTW_F || type == FTW_D)) {
        log_names(type == FTW_F ? EXISTING_FILE : EXISTING_DIRECTORY, status->st_ino, 0, path + strlen(root_path), NULL);
    }
    return 0;
}

static const struct fuse_operations operations = {
    .init = on_init, .destroy = on_destroy, .getattr = on_getattr, .readdir = on_readdir, .mkdir = on_mkdir, .unlink = on_unlink,
    .rmdir = on_rmdir, .rename = on_rename, .chmod = on_chmod, .chown = on_chown, .utimens = on_utimens, .truncate = on_truncate,
    .open = on_open, .create = on_create, .read = on_read, .write = on_write, .fallocate = on_fallocate, .fsync = on_fsync,
    .fsyncdir = on_fsyncdir, .release = on_release, .statfs = on_statfs,
};

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: powerloss BACKING LOG MOUNT\n");
        return 2;
    }
    root_path = realpath(arguments[1], NULL);
    backing = root_path ? open(root_path, O_RDONLY | O_DIRECTORY) : -1;
    log_file = fopen(arguments[2], "wb");
    if (backing < 0 || !log_file || setvbuf(log_file, NULL, _IOFBF, 1 << 20)) {
        perror("powerloss");
        return 1;
    }
    if (nftw(root_path, log_existing, 16, FTW_PHYS)) {
        perror(root_path);
        return 1;
    }
    main_thread = pthread_self();
    char *of_fuse[] = {arguments[0], arguments[3], "-f", "-o", "fsname=powerloss"};
    int failed = fuse_main(5, of_fuse, &operations, NULL);
    /* FUSE calls it a failure to be ended by a signal. */
    return input_ended ? 0 : failed;
}
