#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

int files_make_dir(const char *path, struct err *err)
{
	scoped_free char *upto = mem_dup(path);

	for (char *slash = upto; slash; *slash = '/') {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(upto, 0700) < 0 && errno != EEXIST)
			return err_errno(err, "making %s", upto);
		if (!slash)
			break;
	}
	return 0;
}

static int write_all(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t wrote = write(fd, at, len);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -1;
		at += wrote;
		len -= (size_t)wrote;
	}
	return 0;
}

int files_write(const char *path, const void *at, size_t len, struct err *err)
{
	scoped_free char *beside = mem_printf("%s.%d", path, (int)getpid());
	scoped_fd int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(err, "writing %s", path);
	if (write_all(fd, at, len) < 0 || fsync(fd) < 0 || rename(beside, path) < 0) {
		err_errno(err, "writing %s", path);
		unlink(beside);
		return -1;
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

int files_remove_tree(const char *path, struct err *err)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return err_errno(err, "removing %s", path);
	return 0;
}

char *files_cache_dir(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache && *cache == '/')
		return mem_printf("%s/podline", cache);
	return home && *home == '/' ? mem_printf("%s/.cache/podline", home) : NULL;
}
