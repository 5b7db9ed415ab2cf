#include "node/podfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define HOSTNAME_LENGTH 63
#define MESSAGE_MAX 4096

static char *pod_dir(const char *state_dir, const char *uid)
{
	return mem_printf("%s/pods/%s", state_dir, uid);
}

static char *empty_dir(const char *state_dir, jv pod, const char *volume)
{
	scoped_free char *uid = jvs_get_text(pod, "metadata.uid");

	return mem_printf("%s/pods/%s/volumes/empty-dir/%s", state_dir, uid ? uid : "", volume);
}

/* Every user in the containers may write there. */
static int make_empty_dir(const char *path, struct err *err)
{
	if (files_make_dir(path, err) < 0)
		return -1;
	if (chmod(path, 0777) < 0)
		return err_errno(err, "making %s", path);
	return 0;
}

/* One of spec.volumes[].hostPath.type: what must be there, or what is made. */
static const struct path_type {
	const char *name, *words;
	mode_t wanted;          /* 0: whatever is there */
	mode_t made;            /* 0: must be there */
} path_types[] = {
	{ "", NULL, 0, S_IFDIR },
	{ "DirectoryOrCreate", "a directory", S_IFDIR, S_IFDIR },
	{ "Directory", "a directory", S_IFDIR, 0 },
	{ "FileOrCreate", "a file", S_IFREG, S_IFREG },
	{ "File", "a file", S_IFREG, 0 },
	{ "Socket", "a socket file", S_IFSOCK, 0 },
	{ "CharDevice", "a character device", S_IFCHR, 0 },
	{ "BlockDevice", "a block device", S_IFBLK, 0 },
};

static int make_host_path(const char *path, mode_t type, struct err *err)
{
	scoped_fd int fd = -1;

	if (type == S_IFDIR)
		return files_make_dir(path, err) < 0 || chmod(path, 0755) < 0 ? -1 : 0;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	return fd < 0 ? err_errno(err, "making %s", path) : 0;
}

static int check_host_path(const char *path, const char *type_name, struct err *err)
{
	const struct path_type *type = NULL;
	struct stat st;

	for (size_t i = 0; i < sizeof path_types / sizeof *path_types; i++)
		if (strcmp(path_types[i].name, type_name) == 0)
			type = &path_types[i];
	if (!type)
		return err_set(err, ERR_FAILED, NULL, "hostPath type \"%s\" is unknown", type_name);
	if (stat(path, &st) < 0)
		return type->made && errno == ENOENT ? make_host_path(path, type->made, err) :
						       err_set(err, ERR_FAILED, NULL,
							       "hostPath type check failed: %s is not %s", path,
							       type->words ? type->words : "there");
	if (type->wanted && (st.st_mode & S_IFMT) != type->wanted)
		return err_set(err, ERR_FAILED, NULL, "hostPath type check failed: %s is not %s", path, type->words);
	return 0;
}

static int setup_volume(const char *state_dir, jv pod, jv volume, struct err *err)
{
	scoped_free char *name = jvs_get_text(volume, "name");
	scoped_free char *path = jvs_get_text(volume, "hostPath.path");
	scoped_free char *type = jvs_get_text(volume, "hostPath.type");
	scoped_free char *dir = NULL;

	if (path)
		return check_host_path(path, type ? type : "", err);
	dir = empty_dir(state_dir, pod, name ? name : "");
	return make_empty_dir(dir, err);
}

int podfiles_setup(const char *state_dir, jv pod, struct err *err)
{
	scoped(jv) jv volumes = jvs_get(pod, "spec.volumes");
	scoped_free char *uid = jvs_get_text(pod, "metadata.uid");
	scoped_free char *dir = pod_dir(state_dir, uid ? uid : "");

	if (files_make_dir(dir, err) < 0)
		return -1;
	for (int i = 0; i < jvs_len(volumes); i++) {
		scoped(jv) jv volume = jvs_item(volumes, i);
		scoped_free char *name = jvs_get_text(volume, "name");

		if (setup_volume(state_dir, pod, volume, err) < 0)
			return err_wrap(err, "MountVolume.SetUp failed for volume \"%s\" ", name ? name : "");
	}
	return 0;
}

char *podfiles_volume(const char *state_dir, jv pod, const char *wanted)
{
	scoped(jv) jv volumes = jvs_get(pod, "spec.volumes");

	for (int i = 0; i < jvs_len(volumes); i++) {
		scoped(jv) jv volume = jvs_item(volumes, i);

		if (!jvs_get_is(volume, "name", wanted))
			continue;
		return jvs_get_text(volume, "hostPath.path") ?: empty_dir(state_dir, pod, wanted);
	}
	return NULL;
}

/* Readable by every user in the containers, so not files_write(). */
static int write_plain(const char *path, const struct buf *text, mode_t mode, struct err *err)
{
	scoped_fd int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || fchmod(fd, mode) < 0 || write(fd, buf_text(text), text->len) != (ssize_t)text->len)
		return err_errno(err, "writing %s", path);
	return 0;
}

char *podfiles_hostname(jv pod)
{
	char *name = jvs_get_text(pod, "spec.hostname") ?: jvs_get_text(pod, "metadata.name");
	size_t len = name ? strlen(name) : 0;

	if (len > HOSTNAME_LENGTH) {
		len = HOSTNAME_LENGTH;
		while (len && (name[len - 1] == '-' || name[len - 1] == '.'))
			len--;
		name[len] = '\0';
	}
	return name;
}

static void add_own_name(struct buf *hosts, jv pod, const char *ip)
{
	scoped_free char *name = podfiles_hostname(pod);
	scoped_free char *subdomain = jvs_get_text(pod, "spec.subdomain");
	scoped_free char *ns = jvs_get_text(pod, "metadata.namespace");

	if (subdomain)
		buf_printf(hosts, "%s\t%s.%s.%s.svc.cluster.local\t%s\n", ip, name, subdomain, ns ? ns : "", name);
	else
		buf_printf(hosts, "%s\t%s\n", ip, name);
}

static void add_aliases(struct buf *hosts, jv aliases)
{
	if (jvs_len(aliases))
		buf_add_text(hosts, "\n# Entries added by HostAliases.\n");
	for (int i = 0; i < jvs_len(aliases); i++) {
		scoped(jv) jv alias = jvs_item(aliases, i);
		scoped(jv) jv ip = jvs_at(alias, "ip"), names = jvs_at(alias, "hostnames");

		buf_add_text(hosts, jvs_text(ip));
		for (int j = 0; j < jvs_len(names); j++) {
			scoped(jv) jv name = jvs_item(names, j);

			buf_printf(hosts, "\t%s", jvs_text(name));
		}
		buf_add_char(hosts, '\n');
	}
}

char *podfiles_hosts(const char *state_dir, jv pod, const char *ip, struct err *err)
{
	scoped(jv) jv aliases = jvs_get(pod, "spec.hostAliases");
	scoped_free char *uid = jvs_get_text(pod, "metadata.uid");
	scoped_free char *path = mem_printf("%s/pods/%s/etc-hosts", state_dir, uid ? uid : "");
	scoped(buf) struct buf hosts = { 0 };

	buf_add_text(&hosts, "# Kubernetes-managed hosts file.\n"
			     "127.0.0.1\tlocalhost\n"
			     "::1\tlocalhost ip6-localhost ip6-loopback\n"
			     "fe00::0\tip6-localnet\n"
			     "fe00::0\tip6-mcastprefix\n"
			     "fe00::1\tip6-allnodes\n"
			     "fe00::2\tip6-allrouters\n");
	if (ip)
		add_own_name(&hosts, pod, ip);
	add_aliases(&hosts, aliases);
	return write_plain(path, &hosts, 0644, err) < 0 ? NULL : steal(path);
}

static char *message_path(const char *state_dir, const char *uid, const char *container, unsigned attempt)
{
	return mem_printf("%s/pods/%s/containers/%s/%u", state_dir, uid, container, attempt);
}

char *podfiles_message(const char *state_dir, const char *uid, const char *container, unsigned attempt,
	struct err *err)
{
	scoped_free char *path = message_path(state_dir, uid, container, attempt);
	scoped_free char *dir = mem_dup_n(path, (size_t)(strrchr(path, '/') - path));
	scoped(buf) struct buf nothing = { 0 };

	if (files_make_dir(dir, err) < 0 || write_plain(path, &nothing, 0666, err) < 0)
		return NULL;
	return steal(path);
}

char *podfiles_read_message(const char *state_dir, const char *uid, const char *container, unsigned attempt)
{
	scoped_free char *path = message_path(state_dir, uid, container, attempt);
	scoped_fd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[MESSAGE_MAX];
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text);

	return got > 0 ? mem_dup_n(text, (size_t)got) : NULL;
}

int podfiles_remove(const char *state_dir, const char *uid, struct err *err)
{
	scoped_free char *dir = pod_dir(state_dir, uid);

	return *uid ? files_remove_tree(dir, err) : 0;
}
