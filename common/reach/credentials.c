#include "reach/credentials.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "reach/endpoint.h"
#include "reach/exec_plugin.h"

#define TOKEN_FILE_MAX ((size_t)1 << 20)
#define TOKEN_FILE_MS INT64_C(60000)    /* client-go reads it again after a minute */

struct credentials {
	const struct endpoint *endpoint;
	char *token;                    /* of the token file */
	int64_t token_until_ms;
	struct exec_credential held;    /* of the plugin */
	bool refused;                   /* the server did not take that: what is on disk is no better */
};

struct credentials *credentials_new(const struct endpoint *endpoint)
{
	struct credentials *credentials = mem_alloc(sizeof *credentials);

	credentials->endpoint = endpoint;
	return credentials;
}

static void forget(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	forget(&credentials->token);
	exec_credential_release(&credentials->held);
	free(credentials);
}

static int read_token(struct credentials *credentials, struct err *err)
{
	const struct endpoint *endpoint = credentials->endpoint;
	scoped(buf) struct buf text = { 0 };
	size_t len;

	if (credentials->token && clock_ms() < credentials->token_until_ms)
		return 0;
	if (buf_read_file(&text, endpoint->token_file, TOKEN_FILE_MAX) < 0) {
		/* As client-go: what was read before, or stands in the kubeconfig, serves as well. */
		return credentials->token || endpoint->token ? 0 :
			err_errno(err, "reading the token in %s", endpoint->token_file);
	}
	for (len = text.len; len && isspace((unsigned char)text.at[len - 1]); len--)
		text.at[len - 1] = '\0';
	forget(&credentials->token);
	credentials->token = mem_dup(buf_text(&text) + strspn(buf_text(&text), " \t\r\n"));
	if (text.at)
		explicit_bzero(text.at, text.len);
	credentials->token_until_ms = clock_ms() + TOKEN_FILE_MS;
	if (!*credentials->token)
		return err_set(err, ERR_FAILED, NULL, "the token file %s is empty", endpoint->token_file);
	return 0;
}

static int ask_plugin(struct credentials *credentials, struct err *err)
{
	const struct endpoint *endpoint = credentials->endpoint;

	if (!credentials->refused && exec_credential_is_good(&credentials->held))
		return 0;
	if (exec_plugin_get(endpoint->exec, endpoint, credentials->refused, &credentials->held, err) < 0)
		return -1;
	credentials->refused = false;
	return 0;
}

/* A fixed token comes before a plugin, as in client-go. */
static bool uses_plugin(const struct endpoint *endpoint)
{
	return endpoint->exec && !endpoint->token && !endpoint->token_file;
}

int credentials_get(struct credentials *credentials, struct secret *secret, struct err *err)
{
	const struct endpoint *endpoint = credentials->endpoint;

	*secret = (struct secret){ endpoint->token, endpoint->certificate, endpoint->key };
	if (endpoint->token_file) {
		if (read_token(credentials, err) < 0)
			return -1;
		if (credentials->token)
			secret->token = credentials->token;
	} else if (uses_plugin(endpoint)) {
		if (ask_plugin(credentials, err) < 0)
			return -1;
		secret->token = credentials->held.token;
		if (credentials->held.certificate) {
			secret->certificate = credentials->held.certificate;
			secret->key = credentials->held.key;
		}
	}
	return 0;
}

bool credentials_renew(struct credentials *credentials)
{
	if (uses_plugin(credentials->endpoint))
		credentials->refused = true;
	else if (credentials->endpoint->token_file)
		credentials->token_until_ms = 0;
	else
		return false;
	return true;
}
