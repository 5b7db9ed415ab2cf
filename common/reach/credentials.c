#include "reach/credentials.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "reach/endpoint.h"

#define TOKEN_FILE_MAX ((size_t)1 << 20)
#define TOKEN_FILE_MS INT64_C(60000)    /* client-go reads it again after a minute */

struct credentials {
	const struct endpoint *endpoint;
	char *token;                    /* of the token file */
	int64_t token_until_ms;
};

void exec_plugin_free(struct exec_plugin *plugin)
{
	if (!plugin)
		return;
	free(plugin->command);
	strs_release(&plugin->args);
	strs_release(&plugin->env);
	free(plugin->api_version);
	free(plugin->interactive_mode);
	free(plugin->install_hint);
	free(plugin->cluster_config);
	free(plugin);
}

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
	free(credentials);
}

static int read_token(struct credentials *credentials, struct err *err)
{
	const char *path = credentials->endpoint->token_file;
	scoped(buf) struct buf text = { 0 };
	size_t len;

	if (credentials->token && clock_ms() < credentials->token_until_ms)
		return 0;
	if (buf_read_file(&text, path, TOKEN_FILE_MAX) < 0) {
		/* As client-go: what was read before still serves. */
		return credentials->token ? 0 : err_errno(err, "reading the token in %s", path);
	}
	for (len = text.len; len && isspace((unsigned char)text.at[len - 1]); len--)
		text.at[len - 1] = '\0';
	forget(&credentials->token);
	credentials->token = mem_dup(buf_text(&text) + strspn(buf_text(&text), " \t\r\n"));
	explicit_bzero(text.at, text.len);
	credentials->token_until_ms = clock_ms() + TOKEN_FILE_MS;
	if (!*credentials->token)
		return err_set(err, ERR_FAILED, NULL, "the token file %s is empty", path);
	return 0;
}

int credentials_get(struct credentials *credentials, struct secret *secret, struct err *err)
{
	const struct endpoint *endpoint = credentials->endpoint;

	*secret = (struct secret){ endpoint->token, endpoint->certificate, endpoint->key };
	if (endpoint->token_file) {
		if (read_token(credentials, err) < 0)
			return -1;
		secret->token = credentials->token;
	}
	return 0;
}

bool credentials_renew(struct credentials *credentials)
{
	if (!credentials->endpoint->token_file)
		return false;
	credentials->token_until_ms = 0;
	return true;
}
