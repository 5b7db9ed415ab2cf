#include "reach/exec_plugin.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/sha256.h"
#include "formats/jvs.h"
#include "reach/endpoint.h"

#define API_GROUP "client.authentication.k8s.io/"
#define ANSWER_MAX ((size_t)1 << 20)
#define EARLY_S 10              /* what expires so soon is no longer used */

extern char **environ;

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

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void exec_credential_release(struct exec_credential *credential)
{
	forget(credential->token);
	free(credential->certificate);
	forget(credential->key);
	*credential = (struct exec_credential){ 0 };
}

bool exec_credential_is_good(const struct exec_credential *credential)
{
	return (credential->token || credential->certificate) &&
		(!credential->expires || credential->expires - EARLY_S > time(NULL));
}

/* An answer. */

static char *text_of(jv object, const char *path)
{
	char *text = jvs_get_text(object, path);

	if (text && !*text) {
		free(text);
		return NULL;
	}
	return text;
}

/* The ExecCredential's status; the words are client-go's. */
static int read_status(jv answer, struct exec_credential *credential, struct err *err)
{
	scoped_free char *expires = text_of(answer, "status.expirationTimestamp");
	scoped(jv) jv status = jvs_at(answer, "status");
	int64_t ns;

	if (!jvs_is(status, JV_KIND_OBJECT))
		return err_set(err, ERR_FAILED, NULL, "it didn't return a status field");
	credential->token = text_of(status, "token");
	credential->certificate = text_of(status, "clientCertificateData");
	credential->key = text_of(status, "clientKeyData");
	if (!credential->certificate != !credential->key)
		return err_set(err, ERR_FAILED, NULL, "it returned only certificate or key, not both");
	if (!credential->token && !credential->certificate)
		return err_set(err, ERR_FAILED, NULL, "it didn't return a token or cert/key pair");
	if (!expires)
		return 0;
	if (clock_parse(expires, &ns, err) < 0)
		return err_wrap(err, "its expirationTimestamp");
	credential->expires = ns / 1000000000;
	return 0;
}

static int read_answer(const struct exec_plugin *plugin, const struct buf *text, struct exec_credential *credential,
	struct err *err)
{
	scoped(jv) jv answer = jv_null();
	scoped_free char *version = NULL;

	/* What a JSON parser says of it may show a part of the secret. */
	if (jvs_parse(buf_slice(text), &answer, NULL) < 0 || !jvs_is(answer, JV_KIND_OBJECT))
		return err_set(err, ERR_FAILED, NULL, "it printed something that is no ExecCredential");
	version = text_of(answer, "apiVersion");
	if (!version || strcmp(version, plugin->api_version) != 0)
		return err_set(err, ERR_FAILED, NULL, "it returned version %s, expected %s", version ? version : "\"\"",
			plugin->api_version);
	return read_status(answer, credential, err);
}

/* What it is told. */

static jv base64_of(const char *text)
{
	scoped(buf) struct buf encoded = { 0 };

	base64_encode(slice_of(text), &encoded);
	return jv_string(buf_text(&encoded));
}

static jv cluster_info(const struct exec_plugin *plugin, const struct endpoint *endpoint)
{
	jv cluster = jvs_object("server", jv_string(endpoint->server), NULL);
	jv config = jv_null();

	if (endpoint->tls_server_name)
		jvs_put(&cluster, "tls-server-name", jv_string(endpoint->tls_server_name));
	if (endpoint->insecure)
		jvs_put(&cluster, "insecure-skip-tls-verify", jv_true());
	if (endpoint->ca)
		jvs_put(&cluster, "certificate-authority-data", base64_of(endpoint->ca));
	if (endpoint->proxy_url)
		jvs_put(&cluster, "proxy-url", jv_string(endpoint->proxy_url));
	if (plugin->cluster_config && jvs_parse(slice_of(plugin->cluster_config), &config, NULL) == 0)
		jvs_put(&cluster, "config", config);
	return cluster;
}

static char *exec_info(const struct exec_plugin *plugin, const struct endpoint *endpoint, bool interactive)
{
	scoped(jv) jv info = jvs_object("kind", jv_string("ExecCredential"), "apiVersion",
		jv_string(plugin->api_version), NULL);
	struct buf text = { 0 };

	jvs_set(&info, "spec.interactive", interactive ? jv_true() : jv_false());
	if (plugin->provide_cluster_info)
		jvs_set(&info, "spec.cluster", cluster_info(plugin, endpoint));
	jvs_print(info, &text);
	return buf_steal(&text);
}

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* Ours, then the plugin's, which count in place of ours, then what it is told. */
static void fill_env(const struct exec_plugin *plugin, const char *info, struct strs *env)
{
	for (char **ours = environ; *ours; ours++) {
		bool replaced = same_name("KUBERNETES_EXEC_INFO=", *ours);

		for (size_t i = 0; i < plugin->env.len; i++)
			replaced = replaced || same_name(plugin->env.at[i], *ours);
		if (!replaced)
			strs_add(env, *ours);
	}
	for (size_t i = 0; i < plugin->env.len; i++)
		strs_add(env, plugin->env.at[i]);
	strs_printf(env, "KUBERNETES_EXEC_INFO=%s", info);
}

/* Whether it may read stdin. 0 or -1. */
static int may_interact(const struct exec_plugin *plugin, bool *interactive, struct err *err)
{
	const char *mode = plugin->interactive_mode;
	bool terminal = isatty(STDIN_FILENO);

	if (!mode && strcmp(plugin->api_version, API_GROUP "v1") == 0)
		return err_set(err, ERR_FAILED, NULL, "interactiveMode is missing: Never, IfAvailable or Always");
	if (!mode || strcmp(mode, "IfAvailable") == 0)
		*interactive = terminal;
	else if (strcmp(mode, "Never") == 0)
		*interactive = false;
	else if (strcmp(mode, "Always") != 0)
		return err_set(err, ERR_FAILED, NULL, "interactiveMode \"%s\" is none of Never, IfAvailable, Always",
			mode);
	else if (!terminal)
		return err_set(err, ERR_FAILED, NULL, "it wants to ask its user, and standard input is not a terminal");
	else
		*interactive = true;
	return 0;
}

/* Running. */

static int start(const struct exec_plugin *plugin, const struct endpoint *endpoint, bool interactive, int out,
	pid_t *pid, struct err *err)
{
	scoped_free char *info = exec_info(plugin, endpoint, interactive);
	scoped(strs) struct strs argv = { 0 }, env = { 0 };
	struct proc proc = { .in = interactive ? PROC_SAME : -1, .out = out, .err = PROC_SAME, .keep = -1 };

	strs_add(&argv, plugin->command);
	for (size_t i = 0; i < plugin->args.len; i++)
		strs_add(&argv, plugin->args.at[i]);
	fill_env(plugin, info, &env);
	proc.argv = (const char *const *)argv.at;
	proc.env = (const char *const *)env.at;
	*pid = proc_start(&proc, err);
	if (*pid < 0 && plugin->install_hint && *plugin->install_hint)
		return err_set(err, ERR_FAILED, NULL, "it is not installed: %s", plugin->install_hint);
	return *pid < 0 ? -1 : 0;
}

static int run(const struct exec_plugin *plugin, const struct endpoint *endpoint, struct buf *answer, struct err *err)
{
	scoped_fd int in = -1, out = -1;
	bool interactive = false;
	int pipes[2], status;
	ssize_t got;
	pid_t pid;

	if (may_interact(plugin, &interactive, err) < 0)
		return -1;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_errno(err, "making a pipe");
	in = pipes[0];
	out = pipes[1];
	if (start(plugin, endpoint, interactive, out, &pid, err) < 0)
		return -1;
	close(steal_fd(&out));
	while ((got = buf_read(answer, in)) > 0 && answer->len <= ANSWER_MAX)
		;
	close(steal_fd(&in));           /* who prints on and on gets SIGPIPE */
	status = proc_wait(pid, err);
	if (status < 0)
		return -1;
	if (answer->len > ANSWER_MAX)
		return err_set(err, ERR_FAILED, NULL, "it printed over %zu bytes", ANSWER_MAX);
	if (status)
		return err_set(err, ERR_FAILED, NULL, "it failed with exit status %d", status);
	return 0;
}

/* On disk: a file for each plugin, what it is told, and the environment that it would be run in. */

static void hash_text(struct sha256 *sha, const char *text)
{
	sha256_add(sha, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Says nothing about who one is, and differs from one shell or terminal to the next. */
static bool is_fleeting(const char *variable)
{
	static const char *const names[] = { "_=", "PWD=", "OLDPWD=", "SHLVL=", "TERM=", "TERM_", "COLUMNS=", "LINES=",
		"WINDOWID=", "TMUX", "STY=", "SSH_CLIENT=", "SSH_CONNECTION=", "SSH_TTY=", "XDG_SESSION_", "DISPLAY=",
		"WAYLAND_", "COLORTERM=", "PS1=", "GPG_TTY=", "INVOCATION_ID=", "JOURNAL_STREAM=" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *cache_path(const struct exec_plugin *plugin, const struct endpoint *endpoint)
{
	scoped_free char *dir = files_cache_dir(), *info = exec_info(plugin, endpoint, false), *name = NULL;
	scoped(strs) struct strs env = { 0 };
	struct sha256 sha;

	if (!dir)
		return NULL;
	sha256_init(&sha);
	hash_text(&sha, endpoint->server);
	hash_text(&sha, info);
	hash_text(&sha, plugin->command);
	for (size_t i = 0; i < plugin->args.len; i++)
		hash_text(&sha, plugin->args.at[i]);
	fill_env(plugin, "", &env);
	qsort(env.at, env.len, sizeof *env.at, compare);
	for (size_t i = 0; i < env.len; i++)
		if (!is_fleeting(env.at[i]))
			hash_text(&sha, env.at[i]);
	name = sha256_hex(&sha);
	return mem_printf("%s/credentials/%s.json", dir, name);
}

/* 0 with a good one, or -1. */
static int cache_read(const struct exec_plugin *plugin, const char *path, struct exec_credential *credential)
{
	scoped(buf) struct buf text = { 0 };
	struct stat st;
	int result;

	/* One that others could have written is not trusted. */
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) ||
		buf_read_file(&text, path, ANSWER_MAX) < 0)
		return -1;
	result = read_answer(plugin, &text, credential, NULL);
	explicit_bzero(text.at, text.len);
	if (result == 0 && exec_credential_is_good(credential))
		return 0;
	exec_credential_release(credential);
	return -1;
}

/* Only what says when it expires; that it cannot be written is no failure. */
static void cache_write(const char *path, const struct buf *answer, const struct exec_credential *credential)
{
	scoped_free char *dir = NULL;

	if (!path || !credential->expires || !exec_credential_is_good(credential))
		return;
	dir = mem_dup_n(path, (size_t)(strrchr(path, '/') - path));
	if (files_make_dir(dir, NULL) == 0)
		(void)files_write(path, buf_text(answer), answer->len, NULL);
}

static int check(const struct exec_plugin *plugin, struct err *err)
{
	const char *version = plugin->api_version;

	if (!version || (strcmp(version, API_GROUP "v1") != 0 && strcmp(version, API_GROUP "v1beta1") != 0))
		return err_set(err, ERR_FAILED, NULL, "apiVersion \"%s\" is none of " API_GROUP "v1 and …/v1beta1",
			version ? version : "");
	return 0;
}

static int get(const struct exec_plugin *plugin, const struct endpoint *endpoint, bool anew,
	struct exec_credential *credential, struct err *err)
{
	scoped_free char *path = NULL;
	scoped(buf) struct buf answer = { 0 };
	int result;

	if (check(plugin, err) < 0)
		return -1;
	path = cache_path(plugin, endpoint);
	if (path && !anew && cache_read(plugin, path, credential) == 0)
		return 0;
	if (path)
		unlink(path);
	result = run(plugin, endpoint, &answer, err);
	if (result == 0)
		result = read_answer(plugin, &answer, credential, err);
	if (result == 0)
		cache_write(path, &answer, credential);
	else
		exec_credential_release(credential);
	if (answer.at)
		explicit_bzero(answer.at, answer.len);
	return result;
}

int exec_plugin_get(const struct exec_plugin *plugin, const struct endpoint *endpoint, bool anew,
	struct exec_credential *credential, struct err *err)
{
	exec_credential_release(credential);
	if (get(plugin, endpoint, anew, credential, err) < 0)
		return err_wrap(err, "credential plugin %s", plugin->command);
	return 0;
}
