/* Stands between a program and the C library, counts what it writes below one folder, and stops it at a chosen call.
 *
 * Preloaded into the program and every git that it starts. All of them share one file, mapped into memory, that holds
 * the orders and the count. Without orders nothing is counted and nothing stopped. Calls on terminals, pipes and files
 * elsewhere pass. What git writes through stdio is seen when the stream is flushed or closed.
 *
 * Where the power is to be cut, what each file holds when it is waited for is kept beside the orders, under the number of
 * its inode: all else of its content is lost then.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTES = 1 << 21 };
enum { WATCH, KILL_GROUP, KILL_TORN, KILL_ONE, FAIL_FROM, FAIL_ONCE, CUT_POWER };
enum { WRITES = 1, CREATES = 2, CHANGES = 4, SYNCS = 8, STARTS = 16 }; /* what a failure can be told to refuse */

struct orders {
    uint64_t count;
    uint64_t at;
    uint32_t mode;
    uint32_t number;  /* errno of a failure */
    uint32_t refused; /* kinds of calls that a failure refuses */
    uint32_t stopped; /* set once the chosen call was reached */
    uint64_t noted;   /* bytes of the notes, one line for each call */
    char root[PATH_MAX];
    char notes[NOTES];
};

static struct orders *orders;
static char kept_in[PATH_MAX]; /* what is on the disk for sure, one file for each inode */

/* Called by the driver in a forked child; everything that is started later finds the variable. */
void shim_arm(const char *place)
{
    int descriptor = syscall(SYS_openat, AT_FDCWD, place, O_RDWR | O_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    void *mapped = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    syscall(SYS_close, descriptor);
    if (mapped == MAP_FAILED)
        return;
    snprintf(kept_in, sizeof kept_in, "%.4000s.kept", place);
    orders = mapped;
}

__attribute__((constructor)) static void begin(void)
{
    const char *place = getenv("NEARMISS_SHIM");
    if (place)
        shim_arm(place);
}

static int below_root(const char *path)
{
    size_t length = strlen(orders->root);
    return strncmp(path, orders->root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int named(int descriptor, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return 1;
}

/* Make a path absolute; what lies behind links does not matter, since the driver hands over real folders. */
static int resolved(int folder, const char *name, char *path)
{
    char above[PATH_MAX];
    if (!name)
        return 0;
    if (name[0] == '/')
        return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
    if (folder == AT_FDCWD ? !getcwd(above, sizeof above) : !named(folder, above))
        return 0;
    return snprintf(path, PATH_MAX, "%s/%s", above, name) < PATH_MAX;
}

/* Into memory, since a process about to start another one has closed every file that it does not hand on. */
static void noted(const char *call, const char *path)
{
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s\t%s\n", call, path);
    if (length >= (int)sizeof line)
        return;
    uint64_t at = __atomic_fetch_add(&orders->noted, length, __ATOMIC_SEQ_CST);
    if (at + length <= NOTES)
        memcpy(orders->notes + at, line, length);
}

/* Count a call; die, or say whether it is to fail (1), to be torn and then to die (2), or to go on (0). */
static int verdict(int kind, const char *call, const char *path)
{
    int before = errno;
    if (!orders || !below_root(path))
        return 0;
    noted(call, path);
    uint64_t number = __atomic_add_fetch(&orders->count, 1, __ATOMIC_SEQ_CST);
    errno = before;
    if (orders->mode == WATCH || number < orders->at)
        return 0;
    if (orders->mode == FAIL_FROM || (orders->mode == FAIL_ONCE && number == orders->at)) {
        if (!(kind & orders->refused))
            return 0;
        orders->stopped = 1;
        errno = orders->number;
        return 1;
    }
    if (number != orders->at || orders->mode == FAIL_ONCE)
        return 0;
    orders->stopped = 1;
    if (orders->mode == KILL_TORN && kind == WRITES)
        return 2;
    kill(orders->mode == KILL_ONE ? getpid() : 0, SIGKILL);
    for (;;)
        pause();
}

static void die(void)
{
    kill(0, SIGKILL);
    for (;;)
        pause();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int on_descriptor(int kind, const char *call, int descriptor)
{
    char path[PATH_MAX];
    int before = errno;
    if (!orders || !named(descriptor, path)) {
        errno = before;
        return 0;
    }
    errno = before;
    return verdict(kind, call, path);
}

static int on_name(int kind, const char *call, int folder, const char *name)
{
    char path[PATH_MAX];
    int before = errno;
    if (!orders || !resolved(folder, name, path)) {
        errno = before;
        return 0;
    }
    errno = before;
    return verdict(kind, call, path);
}

/* what the disk keeps when the power is cut */

static int cuts_power(void)
{
    return orders && orders->mode == CUT_POWER;
}

static int kept_name(const struct stat *facts, char *place)
{
    return S_ISREG(facts->st_mode) && snprintf(place, PATH_MAX, "%.4000s/%llu", kept_in, (unsigned long long)facts->st_ino) > 0;
}

/* Keep what a file holds now, or that it holds nothing. */
static void keep(int descriptor, int whole)
{
    char place[PATH_MAX], again[64];
    struct stat facts;
    int before = errno;
    if (!cuts_power() || fstat(descriptor, &facts) || !kept_name(&facts, place))
        return;
    snprintf(again, sizeof again, "/proc/self/fd/%d", descriptor);
    int to = syscall(SYS_openat, AT_FDCWD, place, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int from = whole ? syscall(SYS_openat, AT_FDCWD, again, O_RDONLY | O_CLOEXEC, 0) : -1;
    while (from >= 0 && syscall(SYS_sendfile, to, from, NULL, 1 << 20) > 0)
        ;
    if (from >= 0)
        syscall(SYS_close, from);
    syscall(SYS_close, to);
    errno = before;
}

static int keep_found(const char *name, const struct stat *facts, int kind, struct FTW *place)
{
    int descriptor = kind == FTW_F ? (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC) : -1;
    if (descriptor >= 0) {
        keep(descriptor, 1);
        syscall(SYS_close, descriptor);
    }
    return 0;
}

/* A number of an inode is used again: what was kept under it goes with its last name. */
static void forget(int folder, const char *name)
{
    char place[PATH_MAX];
    struct stat facts;
    int before = errno;
    if (cuts_power() && fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && facts.st_nlink == 1 && kept_name(&facts, place))
        syscall(SYS_unlinkat, AT_FDCWD, place, 0);
    errno = before;
}

/* writing */

ssize_t write(int descriptor, const void *data, size_t size)
{
    switch (on_descriptor(WRITES, "write", descriptor)) {
    case 1:
        return -1;
    case 2:
        syscall(SYS_write, descriptor, data, size / 2);
        die();
    }
    return syscall(SYS_write, descriptor, data, size);
}

ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t at)
{
    switch (on_descriptor(WRITES, "pwrite", descriptor)) {
    case 1:
        return -1;
    case 2:
        syscall(SYS_pwrite64, descriptor, data, size / 2, at);
        die();
    }
    return syscall(SYS_pwrite64, descriptor, data, size, at);
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t at)
{
    return pwrite64(descriptor, data, size, at);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    switch (on_descriptor(WRITES, "writev", descriptor)) {
    case 1:
        return -1;
    case 2:
        if (count)
            syscall(SYS_write, descriptor, parts[0].iov_base, parts[0].iov_len / 2);
        die();
    }
    return syscall(SYS_writev, descriptor, parts, count);
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t size)
{
    switch (on_descriptor(WRITES, "sendfile", to)) {
    case 1:
        return -1;
    case 2: {
        struct stat facts;
        size_t whole = fstat(from, &facts) == 0 && (size_t)facts.st_size < size ? (size_t)facts.st_size : size;
        syscall(SYS_sendfile, to, from, at, whole / 2);
        die();
    }
    }
    return syscall(SYS_sendfile, to, from, at, size);
}

ssize_t sendfile(int to, int from, off_t *at, size_t size)
{
    return sendfile64(to, from, at, size);
}

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *there, size_t size, unsigned flags)
{
    switch (on_descriptor(WRITES, "copy_file_range", to)) {
    case 1:
        return -1;
    case 2:
        die();
    }
    return syscall(SYS_copy_file_range, from, at, to, there, size, flags);
}

int ftruncate64(int descriptor, off64_t size)
{
    return on_descriptor(WRITES, "ftruncate", descriptor) ? -1 : (int)syscall(SYS_ftruncate, descriptor, size);
}

int ftruncate(int descriptor, off_t size)
{
    return ftruncate64(descriptor, size);
}

static int flushed(const char *call, FILE *stream)
{
    if (!stream || __fpending(stream) == 0)
        return 0;
    int told = on_descriptor(WRITES, call, fileno(stream));
    if (told == 2)
        die();
    return told;
}

int fflush(FILE *stream)
{
    return flushed("fflush", stream) ? EOF : REAL(fflush)(stream);
}

int fclose(FILE *stream)
{
    if (flushed("fclose", stream)) {
        int number = errno;
        __fpurge(stream);
        REAL(fclose)(stream);
        errno = number;
        return EOF;
    }
    return REAL(fclose)(stream);
}

/* waiting for the disk */

int fsync(int descriptor)
{
    if (on_descriptor(SYNCS, "fsync", descriptor))
        return -1;
    keep(descriptor, 1);
    return (int)syscall(SYS_fsync, descriptor);
}

int fdatasync(int descriptor)
{
    if (on_descriptor(SYNCS, "fdatasync", descriptor))
        return -1;
    keep(descriptor, 1);
    return (int)syscall(SYS_fdatasync, descriptor);
}

int sync_file_range(int descriptor, off64_t at, off64_t size, unsigned flags)
{
    if (on_descriptor(SYNCS, "sync_file_range", descriptor))
        return -1;
    /* Git waits for one more file before it uses what it wrote so, and that takes all of it along. */
    keep(descriptor, 1);
    return (int)syscall(SYS_sync_file_range, descriptor, at, size, flags);
}

void sync(void)
{
    if (orders)
        verdict(SYNCS, "sync", orders->root);
    if (cuts_power())
        nftw(orders->root, keep_found, 16, FTW_PHYS);
    syscall(SYS_sync);
}

/* opening: only what may make a file or empty one counts */

static int opened(int folder, const char *name, int flags, mode_t mode)
{
    if (flags & (O_CREAT | O_TRUNC)) {
        if (on_name(CREATES, flags & O_TRUNC ? "open-empty" : "open-create", folder, name))
            return -1;
    } else if ((flags & O_ACCMODE) != O_RDONLY) {
        if (orders && orders->mode == FAIL_FROM && (orders->refused & CHANGES) && on_name(CHANGES, "open", folder, name))
            return -1;
    }
    int descriptor = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (descriptor >= 0 && (flags & O_TRUNC))
        keep(descriptor, 0);
    return descriptor;
}

#define WITH_MODE                                                                                                      \
    mode_t mode = 0;                                                                                                   \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                                               \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

int open(const char *name, int flags, ...)
{
    WITH_MODE
    return opened(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    WITH_MODE
    return opened(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...)
{
    WITH_MODE
    return opened(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...)
{
    WITH_MODE
    return opened(folder, name, flags, mode);
}

int __open_2(const char *name, int flags)
{
    return opened(AT_FDCWD, name, flags, 0);
}

int __open64_2(const char *name, int flags)
{
    return opened(AT_FDCWD, name, flags, 0);
}

int __openat_2(int folder, const char *name, int flags)
{
    return opened(folder, name, flags, 0);
}

int __openat64_2(int folder, const char *name, int flags)
{
    return opened(folder, name, flags, 0);
}

static int writes(const char *how)
{
    return how && (how[0] == 'w' || how[0] == 'a');
}

FILE *fopen(const char *name, const char *how)
{
    if (writes(how) && on_name(CREATES, "fopen", AT_FDCWD, name))
        return NULL;
    return REAL(fopen)(name, how);
}

FILE *fopen64(const char *name, const char *how)
{
    if (writes(how) && on_name(CREATES, "fopen", AT_FDCWD, name))
        return NULL;
    return REAL(fopen64)(name, how);
}

/* names */

static int is_moved(const char *call, int kind, int folder, const char *new)
{
    if (on_name(kind, call, folder, new))
        return 0;
    forget(folder, new);
    return 1;
}

int rename(const char *old, const char *new)
{
    return !is_moved("rename", CHANGES | CREATES, AT_FDCWD, new) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
}

int renameat(int from, const char *old, int to, const char *new)
{
    return !is_moved("rename", CHANGES | CREATES, to, new) ? -1 : (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    return !is_moved("rename", CHANGES | CREATES, to, new) ? -1 : (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

int link(const char *old, const char *new)
{
    return on_name(CREATES, "link", AT_FDCWD, new) ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, new, 0);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    return on_name(CREATES, "link", to, new) ? -1 : (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int symlink(const char *target, const char *name)
{
    return on_name(CREATES, "symlink", AT_FDCWD, name) ? -1 : (int)syscall(SYS_symlinkat, target, AT_FDCWD, name);
}

int unlink(const char *name)
{
    return !is_moved("unlink", CHANGES, AT_FDCWD, name) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
    return !is_moved("unlink", CHANGES, folder, name) ? -1 : (int)syscall(SYS_unlinkat, folder, name, flags);
}

int rmdir(const char *name)
{
    return on_name(CHANGES, "rmdir", AT_FDCWD, name) ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdir(const char *name, mode_t mode)
{
    return on_name(CREATES, "mkdir", AT_FDCWD, name) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, name, mode);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    return on_name(CREATES, "mkdir", folder, name) ? -1 : (int)syscall(SYS_mkdirat, folder, name, mode);
}

/* starting programs: counted wherever they lie, by what they are told to do */

int execve(const char *program, char *const words[], char *const environment[])
{
    if (orders && access(program, X_OK) == 0) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.3000s/%.900s", orders->root, words[0] && words[1] ? words[1] : "");
        if (verdict(STARTS, "execve", path))
            return -1;
    }
    return (int)syscall(SYS_execve, program, words, environment);
}
