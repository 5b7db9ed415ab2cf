#include "api/login.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <strings.h>

#include "api/request.h"
#include "base/err.h"
#include "base/mem.h"

#define FILE_MAX ((size_t)1024 * 1024)

struct login {
	struct strs lines;              /* of tokens.csv */
};

int login_read(const char *dir, const char *name, struct buf *to, struct err *err)
{
	scoped_free char *path = mem_printf("%s/%s", dir, name);

	if (buf_read_file(to, path, FILE_MAX) < 0)
		return err_errno(err, "%s", path);
	return 0;
}

struct login *login_new(const char *dir)
{
	struct login *login = mem_alloc(sizeof *login);
	scoped(buf) struct buf text = {0};

	if (login_read(dir, "tokens.csv", &text, NULL) == 0)
		strs_split(&login->lines, buf_text(&text), '\n');
	return login;
}

void login_free(struct login *login)
{
	if (!login)
		return;
	strs_release(&login->lines);
	free(login);
}

static void set_user(struct user *user, const char *name, const char *uid)
{
	user->name = mem_dup(name);
	user->uid = mem_dup(uid);
}

/* The next field of a line, with its quotes taken off; *at moves behind it. The caller frees. */
static char *next_field(const char **at)
{
	bool quoted = **at == '"';
	const char *begin = *at + quoted, *end = begin + strcspn(begin, quoted ? "\"" : ",");

	*at = strchrnul(end, ',');
	*at += **at == ',';
	return mem_dup_n(begin, (size_t)(end - begin));
}

/* As long for a wrong token as for a right one. */
static bool same_token(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char differs = len != strlen(b);

	for (size_t i = 0; i < len && !differs; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return !differs && len;
}

bool login_token(const struct login *login, const char *token, struct user *user)
{
	for (size_t i = 0; i < login->lines.len; i++) {
		const char *at = login->lines.at[i];
		scoped_free char *known = next_field(&at), *name = next_field(&at), *uid = next_field(&at);
		scoped_free char *groups = next_field(&at);

		if (!same_token(known, token))
			continue;
		set_user(user, name, uid);
		strs_split(&user->groups, groups, ',');
		strs_add(&user->groups, "system:authenticated");
		return true;
	}
	return false;
}

/* Every value of an attribute of the certificate's subject. */
static void add_subject(gnutls_x509_crt_t certificate, const char *oid, struct strs *values)
{
	for (unsigned int i = 0;; i++) {
		char text[256];
		size_t len = sizeof text - 1;

		if (gnutls_x509_crt_get_dn_by_oid(certificate, oid, i, 0, text, &len) < 0)
			return;
		text[len] = '\0';
		strs_add(values, text);
	}
}

static bool verified(gnutls_session_t session)
{
	gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0 };
	unsigned int faults = 0;

	return gnutls_certificate_verify_peers(session, &purpose, 1, &faults) == 0 && faults == 0;
}

/* As Kubernetes reads a client certificate: CN is the user, each O a group. */
static bool certificate_user(gnutls_session_t session, struct user *user)
{
	unsigned int count = 0;
	const gnutls_datum_t *peers = gnutls_certificate_get_peers(session, &count);
	gnutls_x509_crt_t certificate;
	scoped(strs) struct strs names = {0};

	if (!peers || !count || !verified(session) || gnutls_x509_crt_init(&certificate) < 0)
		return false;
	if (gnutls_x509_crt_import(certificate, &peers[0], GNUTLS_X509_FMT_DER) == 0) {
		add_subject(certificate, GNUTLS_OID_X520_COMMON_NAME, &names);
		add_subject(certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, &user->groups);
	}
	gnutls_x509_crt_deinit(certificate);
	if (!names.len)
		return false;
	set_user(user, names.at[0], "");
	strs_add(&user->groups, "system:authenticated");
	return true;
}

bool login_user(const struct login *login, void *session, const char *authorization, struct user *user)
{
	if (session && certificate_user(session, user))
		return true;
	if (authorization)
		return strncasecmp(authorization, "Bearer ", 7) == 0 && login_token(login, authorization + 7, user);
	if (session)
		return false;
	set_user(user, "admin", "admin-uid");
	strs_add(&user->groups, "system:masters");
	strs_add(&user->groups, "system:authenticated");
	return true;
}
