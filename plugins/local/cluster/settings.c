#include "cluster/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "formats/jvs.h"

#define MAX_FILE (1 << 20)

static char *file_of(const char *state_dir)
{
	return mem_printf("%s/settings.json", state_dir);
}

int settings_load(const char *state_dir, struct settings *settings, struct err *err)
{
	scoped_free char *path = file_of(state_dir);
	scoped(buf) struct buf text = { 0 };
	scoped(jv) jv whole = jv_null();

	*settings = (struct settings){ .nodes = jv_object() };
	if (buf_read_file(&text, path, MAX_FILE) < 0)
		return errno == ENOENT ? 0 : err_errno(err, "reading %s", path);
	if (jvs_parse(buf_slice(&text), &whole, err) < 0)
		return err_wrap(err, "reading %s", path);
	settings->port = (int)jvs_get_int(whole, "port", 0);
	settings->runtime = jvs_get_text(whole, "runtime");
	jv_free(settings->nodes);
	settings->nodes = jvs_at(whole, "nodes");
	return 0;
}

int settings_save(const char *state_dir, const struct settings *settings, struct err *err)
{
	scoped_free char *path = file_of(state_dir);
	scoped(buf) struct buf text = { 0 };
	scoped(jv) jv whole = jvs_object("port", jv_number(settings->port), "runtime",
		jv_string(settings->runtime ? settings->runtime : "auto"), "nodes", jv_copy(settings->nodes), NULL);

	jvs_print(whole, &text);
	buf_add_char(&text, '\n');
	return files_write(path, text.at, text.len, err);
}

void settings_release(struct settings *settings)
{
	free(settings->runtime);
	jv_free(settings->nodes);
	*settings = (struct settings){ .nodes = jv_null() };
}

bool settings_has_node(const struct settings *settings, const char *node)
{
	scoped(jv) jv found = jvs_at(settings->nodes, node);

	return jvs_is(found, JV_KIND_OBJECT);
}

bool settings_node_stopped(const struct settings *settings, const char *node)
{
	scoped(jv) jv found = jvs_at(settings->nodes, node);

	return jvs_get_bool(found, "stopped", false);
}

void settings_set_node(struct settings *settings, const char *node, bool stopped)
{
	jvs_put(&settings->nodes, node, jvs_object("stopped", jv_bool(stopped), NULL));
}

void settings_remove_node(struct settings *settings, const char *node)
{
	if (jvs_is(settings->nodes, JV_KIND_OBJECT))
		settings->nodes = jv_object_delete(settings->nodes, jv_string(node));
}

/* The port that binding to port gave, or 0. */
static int try_port(int port)
{
	scoped_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
		bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 1) < 0 ||
		getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		return 0;
	return ntohs(at.sin_port);
}

int settings_free_port(int first)
{
	int port = try_port(first);

	return port ? port : try_port(0);
}
