/* Records what a process asks of the disk, in the order in which it happens; preloaded into the server under test.
 *
 * RECORD_DIR names the folder whose files are recorded, RECORD_LOG the file that the record goes to. Every call that
 * changes a file of that folder is done and written down under one lock, so the order in the record is the order on the
 * disk. An answer "HTTP/1.1 201" that leaves through a socket is written down before it leaves: whatever it
 * acknowledges has to be durable by then. Files that end in "-shm" are left out: SQLite rebuilds them.
 *
 * A record is one byte of kind, then file number (4 bytes), offset (8), length (8), little endian, then the payload:
 *   O open (path)   W write (bytes)   T truncate (offset is the size)   S sync   U unlink (path)
 *   R rename (old, NUL, new)   A acknowledgement (the answer)   X a call that the replay cannot know
 *
 * Tests only. Nothing but libc; built by tests/power_loss.rs with the machine's cc.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 65536
static const char ANSWER[] = "HTTP/1.1 201";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char dir[PATH_MAX];
static size_t dir_len;
static uint32_t files_seen;
static uint32_t file_of[FILES_MAX]; /* by descriptor; 0 is "not recorded" */

#define REAL(type, name, args) static type (*real_##name) args
REAL(int, openat, (int, const char *, int, ...));
REAL(int, close, (int));
REAL(ssize_t, write, (int, const void *, size_t));
REAL(ssize_t, pwrite64, (int, const void *, size_t, off64_t));
REAL(ssize_t, writev, (int, const struct iovec *, int));
REAL(ssize_t, send, (int, const void *, size_t, int));
REAL(ssize_t, sendmsg, (int, const struct msghdr *, int));
REAL(int, ftruncate64, (int, off64_t));
REAL(int, fsync, (int));
REAL(int, fdatasync, (int));
REAL(int, unlink, (const char *));
REAL(int, unlinkat, (int, const char *, int));
REAL(int, rename, (const char *, const char *));
REAL(int, fallocate64, (int, int, off64_t, off64_t));
REAL(int, posix_fallocate64, (int, off64_t, off64_t));

#define FIND(name) real_##name = (__typeof__(real_##name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void) {
    FIND(openat); FIND(close); FIND(write); FIND(pwrite64); FIND(writev); FIND(send); FIND(sendmsg);
    FIND(ftruncate64); FIND(fsync); FIND(fdatasync); FIND(unlink); FIND(unlinkat); FIND(rename);
    FIND(fallocate64); FIND(posix_fallocate64);
    const char *wanted = getenv("RECORD_DIR"), *log = getenv("RECORD_LOG");
    if (!wanted || !log || !realpath(wanted, dir)) return;
    dir_len = strlen(dir);
    log_fd = real_openat(AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void stop_here(const char *why) {
    fprintf(stderr, "recorder: %s\n", why);
    abort();
}

/* Callers hold the lock. */
static void record(char kind, uint32_t file, uint64_t offset, const struct iovec *parts, int count) {
    unsigned char head[21] = {(unsigned char)kind};
    uint64_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    memcpy(head + 1, &file, 4);
    memcpy(head + 5, &offset, 8);
    memcpy(head + 13, &length, 8);
    if (real_write(log_fd, head, sizeof head) != (ssize_t)sizeof head) stop_here("the record is full");
    for (int i = 0; i < count; i++)
        if (real_write(log_fd, parts[i].iov_base, parts[i].iov_len) != (ssize_t)parts[i].iov_len)
            stop_here("the record is full");
}

static void record_bytes(char kind, uint32_t file, uint64_t offset, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    record(kind, file, offset, &part, 1);
}

static uint32_t file_at(int fd) { return fd >= 0 && fd < FILES_MAX ? file_of[fd] : 0; }

static int is_recorded(const char *path) {
    size_t length = strlen(path);
    if (log_fd < 0 || strncmp(path, dir, dir_len) != 0 || path[dir_len] != '/') return 0;
    return !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

/* The absolute path of a name in the recorded folder, or 0. The name itself may be gone by now. */
static int locate(int at, const char *name, char *path) {
    char folder[PATH_MAX], resolved[PATH_MAX];
    const char *slash = strrchr(name, '/');
    if (log_fd < 0) return 0;
    if (at != AT_FDCWD && name[0] != '/') {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t got = readlink(link, folder, sizeof folder - 1);
        if (got < 0) return 0;
        folder[got] = 0;
        if (strlen(folder) + strlen(name) + 2 > PATH_MAX) return 0;
        sprintf(path, "%s/%s", folder, name);
        return is_recorded(path);
    }
    if (slash == name) strcpy(folder, "/");
    else if (slash) snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
    else strcpy(folder, ".");
    if (!realpath(folder, resolved)) return 0;
    if (strlen(resolved) + strlen(name) + 2 > PATH_MAX) return 0;
    sprintf(path, "%s/%s", resolved, slash ? slash + 1 : name);
    return is_recorded(path);
}

static int open_recorded(int at, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    struct stat is;
    if (!locate(at, name, path)) {
        int fd = real_openat(at, name, flags, mode);
        if (fd >= 0 && fd < FILES_MAX) file_of[fd] = 0;
        return fd;
    }
    pthread_mutex_lock(&lock);
    int fd = real_openat(at, name, flags, mode);
    int error = errno;
    if (fd >= FILES_MAX) stop_here("too many files");
    if (fd >= 0) {
        file_of[fd] = 0;
        /* Folders are opened to sync names; the replay takes names as durable at once. */
        if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode)) {
            file_of[fd] = ++files_seen;
            record_bytes('O', files_seen, 0, path, strlen(path));
            if (flags & O_TRUNC) record_bytes('T', files_seen, 0, "", 0);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return fd;
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, last); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *name, int flags, ...) { MODE(flags, flags) return open_recorded(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags, flags) return open_recorded(AT_FDCWD, name, flags | O_LARGEFILE, mode); }
int openat(int at, const char *name, int flags, ...) { MODE(flags, flags) return open_recorded(at, name, flags, mode); }
int openat64(int at, const char *name, int flags, ...) { MODE(flags, flags) return open_recorded(at, name, flags | O_LARGEFILE, mode); }

int close(int fd) {
    if (fd >= 0 && fd < FILES_MAX) file_of[fd] = 0;
    return real_close(fd);
}

/* Does the call and writes it down, as one step. */
#define AS_ONE_STEP(type, call, when, note) \
    do { \
        pthread_mutex_lock(&lock); \
        type result = (call); \
        int error = errno; \
        if (when) { note; } \
        pthread_mutex_unlock(&lock); \
        errno = error; \
        return result; \
    } while (0)

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    uint32_t file = file_at(fd);
    if (!file) return real_pwrite64(fd, bytes, length, offset);
    AS_ONE_STEP(ssize_t, real_pwrite64(fd, bytes, length, offset), result > 0,
                record_bytes('W', file, (uint64_t)offset, bytes, (size_t)result));
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

int ftruncate64(int fd, off64_t size) {
    uint32_t file = file_at(fd);
    if (!file) return real_ftruncate64(fd, size);
    AS_ONE_STEP(int, real_ftruncate64(fd, size), result == 0, record_bytes('T', file, (uint64_t)size, "", 0));
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
    uint32_t file = file_at(fd);
    if (!file) return real_fsync(fd);
    AS_ONE_STEP(int, real_fsync(fd), result == 0, record_bytes('S', file, 0, "", 0));
}
int fdatasync(int fd) {
    uint32_t file = file_at(fd);
    if (!file) return real_fdatasync(fd);
    AS_ONE_STEP(int, real_fdatasync(fd), result == 0, record_bytes('S', file, 0, "", 0));
}

int unlinkat(int at, const char *name, int flags) {
    char path[PATH_MAX];
    if (!locate(at, name, path)) return real_unlinkat(at, name, flags);
    AS_ONE_STEP(int, real_unlinkat(at, name, flags), result == 0, record_bytes('U', 0, 0, path, strlen(path)));
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int rename(const char *from, const char *to) {
    char paths[2 * PATH_MAX], target[PATH_MAX];
    if (!locate(AT_FDCWD, to, target)) return real_rename(from, to);
    if (!locate(AT_FDCWD, from, paths)) stop_here("a file is renamed into the folder from outside");
    size_t length = strlen(paths) + 1;
    strcpy(paths + length, target);
    AS_ONE_STEP(int, real_rename(from, to), result == 0,
                record_bytes('R', 0, 0, paths, length + strlen(target)));
}

static void unknown(int fd, const char *what) {
    if (!file_at(fd)) return;
    pthread_mutex_lock(&lock);
    record_bytes('X', file_at(fd), 0, what, strlen(what));
    pthread_mutex_unlock(&lock);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    unknown(fd, "fallocate");
    return real_fallocate64(fd, mode, offset, length);
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return fallocate64(fd, mode, offset, length); }
int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    unknown(fd, "posix_fallocate");
    return real_posix_fallocate64(fd, offset, length);
}
int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }

/* Writes down an acknowledgement, before it leaves. */
static void notice_answer(const struct iovec *parts, size_t count) {
    size_t wanted = sizeof ANSWER - 1;
    if (log_fd < 0 || count == 0 || parts[0].iov_len < wanted) return;
    if (memcmp(parts[0].iov_base, ANSWER, wanted) != 0) return;
    pthread_mutex_lock(&lock);
    record('A', 0, 0, parts, (int)count);
    pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    uint32_t file = file_at(fd);
    struct iovec part = {(void *)bytes, length};
    if (!file) {
        notice_answer(&part, 1);
        return real_write(fd, bytes, length);
    }
    int append = fcntl(fd, F_GETFL) & O_APPEND;
    pthread_mutex_lock(&lock);
    off64_t offset = lseek64(fd, 0, append ? SEEK_END : SEEK_CUR);
    ssize_t result = real_write(fd, bytes, length);
    int error = errno;
    if (result > 0) record_bytes('W', file, (uint64_t)offset, bytes, (size_t)result);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    unknown(fd, "writev");
    notice_answer(parts, (size_t)count);
    return real_writev(fd, parts, count);
}
ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    struct iovec part = {(void *)bytes, length};
    notice_answer(&part, 1);
    return real_send(fd, bytes, length, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    notice_answer(message->msg_iov, message->msg_iovlen);
    return real_sendmsg(fd, message, flags);
}
