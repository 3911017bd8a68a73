/* Preloaded into a process, it lets one change to the files of a folder go wrong: the n-th one from the moment when
   `faults_arm` is called. Kinds, actions and their numbers are those of `faults.py`. It also sets the clock back. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, WRITE = 2, SYNC = 4, TRUNCATE = 8, RENAME = 16, UNLINK = 32, MKDIR = 64 };
enum { COUNT, KILL, TEAR, FAIL, DELAY };

static char folder[4096];
static int kinds, action, number, lasts;
static long moment;
static atomic_long counted;
static atomic_long seconds_back;

void faults_arm(const char *under, int of_kinds, int what, long at, int error_or_ms, int for_good) {
    snprintf(folder, sizeof folder, "%s", under);
    kinds = of_kinds, action = what, moment = at, number = error_or_ms, lasts = for_good;
    counted = 0;
}

long faults_disarm(void) {
    folder[0] = 0;
    return counted;
}

void faults_set_clock_back(long seconds) { seconds_back = seconds; }

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_inside(const char *path) {
    size_t length = strlen(folder);
    return length && path && !strncmp(path, folder, length);
}

static int is_of_folder(int fd) {
    char link[64], path[4096];
    if (!folder[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_inside(path);
}

/* Whether the change that is about to be made is the one that goes wrong. */
static int is_due(int kind, int inside) {
    if (!(kinds & kind) || !inside) return 0;
    long now = ++counted;
    if (action == COUNT || (lasts ? now < moment : now != moment)) return 0;
    if (action == KILL) kill(getpid(), SIGKILL);
    if (action == DELAY) usleep(number * 1000);
    return action == TEAR || action == FAIL;
}

/* Make the call, or not, and die or fail. `part` is as much of the call as is made by who is cut short. */
#define GO_WRONG(part, failure) do { \
        if (action == TEAR) { (void)(part); kill(getpid(), SIGKILL); pause(); } \
        errno = number; \
        return failure; \
    } while (0)

/* A disk that fills up takes the beginning of what is written. */
#define WRITES(part) do { \
        if (action == FAIL && number == ENOSPC && lasts && counted == moment && count > 1) return part; \
        GO_WRONG(part, -1); \
    } while (0)

#define HALF (count / 2)

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    if (is_due(WRITE, is_of_folder(fd))) WRITES(real(fd, bytes, HALF));
    return real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(pwrite);
    if (is_due(WRITE, is_of_folder(fd))) WRITES(real(fd, bytes, HALF, at));
    return real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    if (is_due(WRITE, is_of_folder(fd))) WRITES(real(fd, bytes, HALF, at));
    return real(fd, bytes, count, at);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
    REAL(copy_file_range);
    if (is_due(WRITE, is_of_folder(out))) WRITES(real(in, from, out, to, HALF, flags));
    return real(in, from, out, to, count, flags);
}

int fsync(int fd) {
    REAL(fsync);
    if (is_due(SYNC, is_of_folder(fd))) GO_WRONG(real(fd), -1);
    return real(fd);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    if (is_due(SYNC, is_of_folder(fd))) GO_WRONG(real(fd), -1);
    return real(fd);
}

int ftruncate(int fd, off_t length) {
    REAL(ftruncate);
    if (is_due(TRUNCATE, is_of_folder(fd))) GO_WRONG(real(fd, length), -1);
    return real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    if (is_due(TRUNCATE, is_of_folder(fd))) GO_WRONG(real(fd, length), -1);
    return real(fd, length);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    if (is_due(RENAME, is_inside(from))) GO_WRONG(real(from, to), -1);
    return real(from, to);
}

int unlink(const char *path) {
    REAL(unlink);
    if (is_due(UNLINK, is_inside(path))) GO_WRONG(real(path), -1);
    return real(path);
}

int rmdir(const char *path) {
    REAL(rmdir);
    if (is_due(UNLINK, is_inside(path))) GO_WRONG(real(path), -1);
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    if (is_due(MKDIR, is_inside(path))) GO_WRONG(real(path, mode), -1);
    return real(path, mode);
}

#define IS_TO_WRITE(flags) (((flags) & O_ACCMODE) != O_RDONLY)

#define OPENS(name) \
int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if (is_due(OPEN, IS_TO_WRITE(flags) && is_inside(path))) GO_WRONG(real(path, flags, mode), -1); \
    return real(path, flags, mode); \
}

OPENS(open)
OPENS(open64)

static time_t turned_back(time_t now) { return now - seconds_back; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int ended = real(clock, now);
    if (clock == CLOCK_REALTIME && !ended) now->tv_sec = turned_back(now->tv_sec);
    return ended;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    REAL(gettimeofday);
    int ended = real(now, zone);
    if (!ended) now->tv_sec = turned_back(now->tv_sec);
    return ended;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
