#include "cluster/access.h"

#include <gnutls/gnutls.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "reach/place.h"

#define MAX_FILE (1 << 20)

char *access_name(const char *cluster)
{
	return strcmp(cluster, PLACE_DEFAULT) == 0 ? mem_dup("klocal") : mem_printf("klocal-%s", cluster);
}

/* Appends the file in base64. */
static int add_file(struct buf *to, const char *dir, const char *file, struct err *err)
{
	scoped(buf) struct buf bytes = { 0 };
	scoped_free char *path = mem_printf("%s/%s", dir, file);
	gnutls_datum_t in, out = { 0 };

	if (buf_read_file(&bytes, path, MAX_FILE) < 0)
		return err_errno(err, "reading %s", path);
	in = (gnutls_datum_t){ (unsigned char *)bytes.at, (unsigned)bytes.len };
	if (gnutls_base64_encode2(&in, &out) < 0)
		return err_set(err, ERR_FAILED, NULL, "encoding %s", path);
	buf_add(to, out.data, out.size);
	gnutls_free(out.data);
	return 0;
}

static int print(struct buf *to, const char *name, const char *dir, int port, struct err *err)
{
	buf_printf(to, "apiVersion: v1\nkind: Config\ncurrent-context: %s\n", name);
	buf_printf(to, "contexts:\n- name: %s\n  context:\n    cluster: %s\n    user: %s\n", name, name, name);
	buf_printf(to, "clusters:\n- name: %s\n  cluster:\n    server: https://127.0.0.1:%d\n", name, port);
	buf_add_text(to, "    certificate-authority-data: ");
	if (add_file(to, dir, "ca.crt", err) < 0)
		return -1;
	buf_printf(to, "\nusers:\n- name: %s\n  user:\n    client-certificate-data: ", name);
	if (add_file(to, dir, "admin.crt", err) < 0)
		return -1;
	buf_add_text(to, "\n    client-key-data: ");
	if (add_file(to, dir, "admin.key", err) < 0)
		return -1;
	buf_add_char(to, '\n');
	return 0;
}

int access_write(const char *cluster, int port, struct err *err)
{
	scoped(buf) struct buf text = { 0 }, before = { 0 };
	scoped_free char *name = access_name(cluster), *dir = place_state_dir(cluster);
	scoped_free char *path = place_kubeconfig(cluster);

	if (print(&text, name, dir, port, err) < 0)
		return -1;
	if (buf_read_file(&before, path, MAX_FILE) == 0 && slice_is(buf_slice(&before), buf_text(&text)))
		return 0;
	return files_write(path, text.at, text.len, err);
}
