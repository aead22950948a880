/*
 * A disk that can lose what was not synced. Preloaded into a process, it writes down every change to files below
 * EDI_DISK_FOLDER, and every sync of one, into EDI_DISK_JOURNAL. What a power failure would have left is made from the
 * journal (replay-journal.ts): all that was synced, and any part of the rest.
 *
 * A record is: u8 kind, u32 length of the path, u64 number, u32 length of the data, path, data. The number is an offset,
 * a new length, or (of a sync) how many records stood before the sync began: what others wrote meanwhile is not synced.
 *
 * Shared memory of SQLite (-shm) is made anew after a failure, so it is left out. Creating, renaming and removing a file
 * count as durable at once and in order, as a journaling file system does them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int journal = -1;
static uint64_t records = 0;
static const char *folder = NULL;
static size_t folder_length = 0;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);

static void start(void) {
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_pwritev = dlsym(RTLD_NEXT, "pwritev64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_posix_fallocate = dlsym(RTLD_NEXT, "posix_fallocate64");
  real_fallocate = dlsym(RTLD_NEXT, "fallocate64");
  real_open = dlsym(RTLD_NEXT, "open64");
  real_openat = dlsym(RTLD_NEXT, "openat64");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  folder = getenv("EDI_DISK_FOLDER");
  const char *path = getenv("EDI_DISK_JOURNAL");
  if (folder == NULL || path == NULL) return;
  folder_length = strlen(folder);
  journal = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void begin(void) { pthread_once(&once, start); }

static int is_ours(const char *path) {
  size_t length = strlen(path);
  if (strncmp(path, folder, folder_length) != 0 || path[folder_length] != '/') return 0;
  return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

/* The path of an open file below the folder, or 0 for any other. */
static int path_of(int file, char *path) {
  if (journal < 0 || file == journal) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return is_ours(path);
}

static void put(char kind, const char *path, uint64_t number, const void *data, uint32_t data_length) {
  uint32_t path_length = strlen(path);
  unsigned char head[17];
  head[0] = kind;
  memcpy(head + 1, &path_length, 4);
  memcpy(head + 5, &number, 8);
  memcpy(head + 13, &data_length, 4);
  struct iovec parts[] = {{head, 17}, {(void *)path, path_length}, {(void *)data, data_length}};
  pthread_mutex_lock(&lock);
  if (real_writev(journal, parts, 3) != (ssize_t)(17 + path_length + data_length)) abort();
  records++;
  pthread_mutex_unlock(&lock);
}

ssize_t write(int file, const void *data, size_t length) {
  begin();
  ssize_t written = real_write(file, data, length);
  char path[PATH_MAX];
  if (written > 0 && path_of(file, path)) {
    off_t end = lseek(file, 0, SEEK_CUR);
    if (end >= written) put('W', path, end - written, data, written);
  }
  return written;
}

ssize_t pwrite64(int file, const void *data, size_t length, off_t offset) {
  begin();
  ssize_t written = real_pwrite(file, data, length, offset);
  char path[PATH_MAX];
  if (written > 0 && path_of(file, path)) put('W', path, offset, data, written);
  return written;
}
ssize_t pwrite(int file, const void *data, size_t length, off_t offset) { return pwrite64(file, data, length, offset); }

static void put_parts(const char *path, off_t offset, const struct iovec *parts, int count, ssize_t written) {
  for (int at = 0; at < count && written > 0; at++) {
    size_t length = parts[at].iov_len < (size_t)written ? parts[at].iov_len : (size_t)written;
    put('W', path, offset, parts[at].iov_base, length);
    offset += length;
    written -= length;
  }
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  begin();
  ssize_t written = real_writev(file, parts, count);
  char path[PATH_MAX];
  if (written > 0 && path_of(file, path)) {
    off_t end = lseek(file, 0, SEEK_CUR);
    if (end >= written) put_parts(path, end - written, parts, count, written);
  }
  return written;
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off_t offset) {
  begin();
  ssize_t written = real_pwritev(file, parts, count, offset);
  char path[PATH_MAX];
  if (written > 0 && path_of(file, path)) put_parts(path, offset, parts, count, written);
  return written;
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(file, parts, count, offset);
}

static int sync_with(int (*sync)(int), int file) {
  char path[PATH_MAX];
  int ours = path_of(file, path);
  pthread_mutex_lock(&lock);
  uint64_t before = records;
  pthread_mutex_unlock(&lock);
  int result = sync(file);
  if (result == 0 && ours) put('S', path, before, "", 0);
  return result;
}
int fsync(int file) {
  begin();
  return sync_with(real_fsync, file);
}
int fdatasync(int file) {
  begin();
  return sync_with(real_fdatasync, file);
}

int ftruncate64(int file, off_t length) {
  begin();
  int result = real_ftruncate(file, length);
  char path[PATH_MAX];
  if (result == 0 && path_of(file, path)) put('T', path, length, "", 0);
  return result;
}
int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

/* Space that is made reads as zeros. */
static void put_grown(int file, off_t offset, off_t length) {
  char path[PATH_MAX];
  if (path_of(file, path)) put('G', path, offset + length, "", 0);
}
int posix_fallocate64(int file, off_t offset, off_t length) {
  begin();
  int result = real_posix_fallocate(file, offset, length);
  if (result == 0) put_grown(file, offset, length);
  return result;
}
int posix_fallocate(int file, off_t offset, off_t length) { return posix_fallocate64(file, offset, length); }
int fallocate64(int file, int mode, off_t offset, off_t length) {
  begin();
  int result = real_fallocate(file, mode, offset, length);
  if (result == 0 && mode == 0) put_grown(file, offset, length);
  return result;
}
int fallocate(int file, int mode, off_t offset, off_t length) { return fallocate64(file, mode, offset, length); }

static void put_opened(int file, int flags) {
  char path[PATH_MAX];
  if (file < 0 || (flags & (O_CREAT | O_TRUNC)) == 0 || !path_of(file, path)) return;
  put((flags & O_TRUNC) != 0 ? 'T' : 'C', path, 0, "", 0);
}
int open64(const char *name, int flags, ...) {
  begin();
  va_list rest;
  va_start(rest, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  int file = real_open(name, flags, mode);
  put_opened(file, flags);
  return file;
}
int open(const char *name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return open64(name, flags, mode);
}
int openat64(int at, const char *name, int flags, ...) {
  begin();
  va_list rest;
  va_start(rest, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  int file = real_openat(at, name, flags, mode);
  put_opened(file, flags);
  return file;
}
int openat(int at, const char *name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, int) : 0;
  va_end(rest);
  return openat64(at, name, flags, mode);
}

int rename(const char *from, const char *to) {
  begin();
  int result = real_rename(from, to);
  if (result == 0 && journal >= 0 && is_ours(from)) put('R', from, 0, to, strlen(to));
  return result;
}
int unlink(const char *path) {
  begin();
  int result = real_unlink(path);
  if (result == 0 && journal >= 0 && is_ours(path)) put('U', path, 0, "", 0);
  return result;
}
