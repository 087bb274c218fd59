// Makes calls of one kind fail for files under one folder, as full and failing disks do. Linux, by LD_PRELOAD:
//
//   NEEDLETAIL_FAULT_FOLDER  only files under it count
//   NEEDLETAIL_FAULT_FILE    how the paths of these files end; empty for all of them
//   NEEDLETAIL_FAULT_CALL    write | sync | truncate | rename | create
//   NEEDLETAIL_FAULT_AT      the first call that fails, counted from 1; 0 for none
//   NEEDLETAIL_FAULT_LAST    the last one; without it all that follow
//   NEEDLETAIL_FAULT_ERROR   what they fail with: ENOSPC, EIO, SHORT for half of the bytes and no error, or FULL for half
//                            of the bytes once and ENOSPC from then on
//   NEEDLETAIL_FAULT_COUNT   a file that gets the number of calls when the process ends
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum outcome { pass, partial, fail };

static atomic_long calls;
static char folder[PATH_MAX];
static size_t folder_length;
static const char *call, *ending, *count_file;
static long first, last;
static bool begins_short;
static int error_number;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("NEEDLETAIL_FAULT_FOLDER"), *error = getenv("NEEDLETAIL_FAULT_ERROR");
  const char *at = getenv("NEEDLETAIL_FAULT_AT"), *end = getenv("NEEDLETAIL_FAULT_LAST");
  call = getenv("NEEDLETAIL_FAULT_CALL");
  ending = getenv("NEEDLETAIL_FAULT_FILE");
  count_file = getenv("NEEDLETAIL_FAULT_COUNT");
  if (!name || !call || !realpath(name, folder)) return;
  folder_length = strlen(folder);
  first = at ? atol(at) : 0;
  last = end ? atol(end) : LONG_MAX;
  if (!error) error = "SHORT";
  begins_short = !strcmp(error, "SHORT") || !strcmp(error, "FULL");
  error_number = !strcmp(error, "SHORT") ? 0 : !strcmp(error, "EIO") ? EIO : ENOSPC;
}

__attribute__((destructor)) static void end(void) {
  if (!count_file) return;
  FILE *file = fopen(count_file, "w");
  if (!file) return;
  fprintf(file, "%ld\n", atomic_load(&calls));
  fclose(file);
}

/// What becomes of a call; sets `errno` where it fails.
static enum outcome judge(const char *kind, const char *path) {
  if (!folder_length || strcmp(kind, call) || strncmp(path, folder, folder_length)) return pass;
  const size_t length = strlen(path), tail = ending ? strlen(ending) : 0;
  if (length < tail || (tail && strcmp(path + length - tail, ending))) return pass;
  const long number = atomic_fetch_add(&calls, 1) + 1;
  if (first == 0 || number < first || number > last) return pass;
  if (begins_short && (number == first || !error_number)) return partial;
  errno = error_number;
  return fail;
}

static enum outcome judge_file(const char *kind, int descriptor) {
  if (!folder_length || strcmp(kind, call)) return pass;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const int before = errno;
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length < 0) return pass;
  path[length] = 0;
  return judge(kind, path);
}

static enum outcome judge_path(const char *kind, const char *name) {
  if (!folder_length || strcmp(kind, call)) return pass;
  char path[PATH_MAX], copy[PATH_MAX];
  const int before = errno;
  snprintf(copy, sizeof copy, "%s", name);
  char *slash = strrchr(copy, '/');
  if (slash) *slash = 0;
  const char *known = realpath(slash ? (slash == copy ? "/" : copy) : ".", path);
  errno = before;
  return known ? judge(kind, path) : pass;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITES(name, parameters, arguments, size, shorter)     \
  ssize_t name parameters {                                    \
    const enum outcome outcome = judge_file("write", file);    \
    if (outcome == fail) return -1;                            \
    if (outcome == partial && (size) > 1) return NEXT(name) shorter; \
    return NEXT(name) arguments;                               \
  }

WRITES(write, (int file, const void *bytes, size_t count), (file, bytes, count), count, (file, bytes, count / 2))
WRITES(pwrite, (int file, const void *bytes, size_t count, off_t offset), (file, bytes, count, offset), count,
       (file, bytes, count / 2, offset))
WRITES(pwrite64, (int file, const void *bytes, size_t count, off64_t offset), (file, bytes, count, offset), count,
       (file, bytes, count / 2, offset))
WRITES(writev, (int file, const struct iovec *parts, int count), (file, parts, count), count,
       (file, parts, count / 2))

#define CHANGES(kind, name, parameters, arguments)                 \
  int name parameters {                                            \
    return judge_file(kind, file) == pass ? NEXT(name) arguments : -1; \
  }

CHANGES("sync", fsync, (int file), (file))
CHANGES("sync", fdatasync, (int file), (file))
CHANGES("truncate", ftruncate, (int file, off_t size), (file, size))
CHANGES("truncate", ftruncate64, (int file, off64_t size), (file, size))

int rename(const char *from, const char *to) {
  return judge_path("rename", to) == pass ? NEXT(rename)(from, to) : -1;
}

/// Opening a file that is not there yet makes it, which takes room.
static int creation(const char *name, int flags) {
  return flags & O_CREAT && access(name, F_OK) && judge_path("create", name) != pass;
}

#define OPENS(name)                                      \
  int name(const char *path, int flags, ...) {           \
    va_list rest;                                        \
    va_start(rest, flags);                               \
    const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
    va_end(rest);                                        \
    return creation(path, flags) ? -1 : NEXT(name)(path, flags, mode); \
  }

OPENS(open)
OPENS(open64)
