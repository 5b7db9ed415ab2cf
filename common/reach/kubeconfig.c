#include "reach/kubeconfig.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/err.h"
#include "base/mem.h"
#include "formats/jvs.h"
#include "formats/yamls.h"
#include "reach/exec_plugin.h"
#include "reach/place.h"

#define FILE_MAX ((size_t)16 * 1024 * 1024)
#define ACCOUNT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"

/* The files that were read, in their order of precedence. */
struct files {
	struct file {
		char *path, *dir;
		jv config;
	} *at;
	size_t len;
};

static void files_release(struct files *files)
{
	for (size_t i = 0; i < files->len; i++) {
		free(files->at[i].path);
		free(files->at[i].dir);
		jv_free(files->at[i].config);
	}
	free(files->at);
	*files = (struct files){ 0 };
}

/* A named entry of a file's clusters, users or contexts. */
struct entry {
	const struct file *file;        /* NULL: there is none */
	jv value;
};

static void entry_release(struct entry *entry)
{
	jv_free(entry->value);
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? mem_dup_n(path, (size_t)(slash - path) + (slash == path)) : mem_dup(".");
}

static int read_config(struct files *files, const char *path, bool required, struct err *err)
{
	scoped(buf) struct buf text = { 0 };
	jv config = jv_null();

	if (buf_read_file(&text, path, FILE_MAX) < 0) {
		if (errno == ENOENT && !required)
			return 0;
		return err_errno(err, "reading kubeconfig %s", path);
	}
	if (text.len && yamls_parse(buf_slice(&text), &config, NULL, err) < 0)
		return err_wrap(err, "kubeconfig %s", path);
	if (!jvs_is(config, JV_KIND_OBJECT) && !jvs_is(config, JV_KIND_NULL)) {
		jv_free(config);
		return err_set(err, ERR_FAILED, NULL, "kubeconfig %s: not a mapping with clusters, users and contexts",
			path);
	}
	files->at = mem_grow(files->at, files->len + 1, sizeof *files->at);
	files->at[files->len++] = (struct file){ mem_dup(path), folder_of(path), config };
	return 0;
}

static int read_files(struct files *files, const struct kubeconfig_options *options, struct err *err)
{
	const char *list = getenv("KUBECONFIG"), *home = getenv("HOME");
	scoped(strs) struct strs paths = { 0 };

	if (options->path)
		return read_config(files, options->path, true, err);
	if (list && *list)
		strs_split(&paths, list, ':');
	else if (home && *home)
		strs_printf(&paths, "%s/.kube/config", home);
	for (size_t i = 0; i < paths.len; i++)
		if (read_config(files, paths.at[i], false, err) < 0)
			return -1;
	/* client-go goes on with what else there is, and so to a cluster that its user did not mean. */
	if (list && *list && !files->len)
		return err_set(err, ERR_FAILED, NULL, "KUBECONFIG is %s: there is no such file", list);
	return 0;
}

/* The first file with a name wins the whole entry. section: "clusters", its values under "cluster". */
static struct entry find(const struct files *files, const char *section, const char *key, const char *name)
{
	for (size_t i = 0; i < files->len; i++) {
		scoped(jv) jv list = jvs_at(files->at[i].config, section);

		for (int j = 0; j < jvs_len(list); j++) {
			scoped(jv) jv item = jvs_item(list, j);

			if (jvs_get_is(item, "name", name))
				return (struct entry){ &files->at[i], jvs_at(item, key) };
		}
	}
	return (struct entry){ NULL, jv_null() };
}

static void context_names(const struct files *files, struct strs *names)
{
	for (size_t i = 0; i < files->len; i++) {
		scoped(jv) jv list = jvs_at(files->at[i].config, "contexts");

		for (int j = 0; j < jvs_len(list); j++) {
			scoped(jv) jv item = jvs_item(list, j);
			char *name = jvs_get_text(item, "name");

			if (name && !strs_has(names, name))
				strs_take(names, name);
			else
				free(name);
		}
	}
}

/* The path of a file that an entry names, seen from the folder of its kubeconfig; NULL: none. The caller frees. */
static char *path_of(const struct entry *entry, const char *key)
{
	char *path = jvs_get_text(entry->value, key);

	if (path && *path && *path != '/') {
		scoped_free char *relative = path;

		return mem_printf("%s/%s", entry->file->dir, relative);
	}
	if (path && !*path) {
		free(path);
		return NULL;
	}
	return path;
}

/* PEM text from KEY-data (base64, which comes first) or from the file that KEY names. *text stays NULL for neither. */
static int pem(const struct entry *entry, const char *key, char **text, struct err *err)
{
	scoped_free char *data_key = mem_printf("%s-data", key), *data = jvs_get_text(entry->value, data_key);
	scoped_free char *path = path_of(entry, key);
	scoped(buf) struct buf bytes = { 0 };

	if (data && *data) {
		if (base64_decode(slice_of(data), &bytes) < 0)
			return err_set(err, ERR_FAILED, NULL, "%s is no base64", data_key);
	} else if (path) {
		if (buf_read_file(&bytes, path, FILE_MAX) < 0)
			return err_errno(err, "reading %s %s", key, path);
	} else {
		return 0;
	}
	*text = buf_steal(&bytes);
	return 0;
}

static int take_cluster(const struct entry *cluster, struct endpoint *endpoint, struct err *err)
{
	endpoint->server = jvs_get_text(cluster->value, "server");
	if (!endpoint->server || !*endpoint->server)
		return err_set(err, ERR_FAILED, NULL, "server is missing");
	endpoint->tls_server_name = jvs_get_text(cluster->value, "tls-server-name");
	endpoint->proxy_url = jvs_get_text(cluster->value, "proxy-url");
	endpoint->insecure = jvs_get_bool(cluster->value, "insecure-skip-tls-verify", false);
	if (pem(cluster, "certificate-authority", &endpoint->ca, err) < 0)
		return -1;
	if (endpoint->insecure && endpoint->ca)         /* client-go refuses it too: one of them is not meant */
		return err_set(err, ERR_FAILED, NULL,
			"certificate-authority and insecure-skip-tls-verify exclude each other: take one out");
	return 0;
}

/* What a plugin may be told of the cluster: the extension that bears this name. */
static char *cluster_config(jv cluster)
{
	scoped(jv) jv extensions = jvs_at(cluster, "extensions");

	for (int i = 0; i < jvs_len(extensions); i++) {
		scoped(jv) jv item = jvs_item(extensions, i), config = jvs_at(item, "extension");
		struct buf text = { 0 };

		if (!jvs_get_is(item, "name", "client.authentication.k8s.io/exec"))
			continue;
		jvs_print(config, &text);
		return buf_steal(&text);
	}
	return NULL;
}

static int take_exec(const struct entry *user, jv cluster, struct endpoint *endpoint, struct err *err)
{
	scoped(jv) jv exec = jvs_at(user->value, "exec"), args = jvs_at(exec, "args"), env = jvs_at(exec, "env");
	struct exec_plugin *plugin;
	char *command;

	if (!jvs_is(exec, JV_KIND_OBJECT))
		return 0;
	command = jvs_get_text(exec, "command");
	if (!command || !*command) {
		free(command);
		return err_set(err, ERR_FAILED, NULL, "exec.command is missing");
	}
	endpoint->exec = plugin = mem_alloc(sizeof *plugin);
	if (strchr(command, '/') && *command != '/') {
		plugin->command = mem_printf("%s/%s", user->file->dir, command);
		free(command);
	} else {
		plugin->command = command;
	}
	for (int i = 0; i < jvs_len(args); i++) {
		scoped(jv) jv arg = jvs_item(args, i);

		strs_add(&plugin->args, jvs_text(arg));
	}
	for (int i = 0; i < jvs_len(env); i++) {
		scoped(jv) jv item = jvs_item(env, i), name = jvs_at(item, "name"), value = jvs_at(item, "value");

		strs_printf(&plugin->env, "%s=%s", jvs_text(name), jvs_text(value));
	}
	plugin->api_version = jvs_get_text(exec, "apiVersion");
	plugin->interactive_mode = jvs_get_text(exec, "interactiveMode");
	plugin->install_hint = jvs_get_text(exec, "installHint");
	plugin->provide_cluster_info = jvs_get_bool(exec, "provideClusterInfo", false);
	plugin->cluster_config = cluster_config(cluster);
	return 0;
}

/* "NAME: value", unless it is empty; what would break out of its header is refused. */
static int add_header(struct strs *headers, const char *name, jv value, struct err *err)
{
	const char *text = jvs_text(value);

	if (!*text)
		return 0;
	for (const char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return err_set(err, ERR_FAILED, NULL, "a value of %s has control characters", name);
	strs_printf(headers, "%s: %s", name, text);
	return 0;
}

static int add_headers(struct strs *headers, const char *name, jv list, struct err *err)
{
	for (int i = 0; i < jvs_len(list); i++) {
		scoped(jv) jv item = jvs_item(list, i);

		if (add_header(headers, name, item, err) < 0)
			return -1;
	}
	return 0;
}

/* A key becomes part of a header's name: what may not stand there is percent-escaped, and letters become small ones.
 * Source: k8s.io/client-go/transport/round_trippers.go, headerKeyEscape. */
static char *extra_header(const char *key)
{
	struct buf name = { 0 };

	buf_add_text(&name, "Impersonate-Extra-");
	for (; *key; key++) {
		unsigned char c = (unsigned char)*key;

		if (c < 0x80 && c != '%' && (isalnum(c) || strchr("!#$&'*+-.^_`|~", c)))
			buf_add_char(&name, (char)tolower(c));
		else
			buf_printf(&name, "%%%02X", c);
	}
	return buf_steal(&name);
}

static int take_extra(jv extra, struct strs *headers, struct err *err)
{
	if (!jvs_is(extra, JV_KIND_OBJECT))
		return 0;
	for (int at = jv_object_iter(extra); jv_object_iter_valid(extra, at); at = jv_object_iter_next(extra, at)) {
		scoped(jv) jv key = jv_object_iter_key(extra, at), values = jv_object_iter_value(extra, at);
		scoped_free char *name = extra_header(jvs_text(key));

		if (add_headers(headers, name, values, err) < 0)
			return -1;
	}
	return 0;
}

/* As whom to act. Source: k8s.io/client-go/transport/round_trippers.go, impersonatingRoundTripper. */
static int take_act_as(jv user, struct strs *headers, struct err *err)
{
	scoped(jv) jv name = jvs_at(user, "act-as"), uid = jvs_at(user, "act-as-uid");
	scoped(jv) jv groups = jvs_at(user, "act-as-groups"), extra = jvs_at(user, "act-as-user-extra");

	if (add_header(headers, "Impersonate-User", name, err) < 0 ||
		add_header(headers, "Impersonate-Uid", uid, err) < 0 ||
		add_headers(headers, "Impersonate-Group", groups, err) < 0 || take_extra(extra, headers, err) < 0)
		return -1;
	if (headers->len && !*jvs_text(name))
		return err_set(err, ERR_FAILED, NULL, "act-as-… without act-as: name the user to act as");
	return 0;
}

/* Without the line end that a block of YAML leaves; NULL where nothing is left. */
static char *token_of(jv user)
{
	char *token = jvs_get_text(user, "token");
	size_t len = token ? strlen(token) : 0;

	while (len && isspace((unsigned char)token[len - 1]))
		token[--len] = '\0';
	if (len)
		return token;
	free(token);
	return NULL;
}

static int take_user(const struct entry *user, jv cluster, struct endpoint *endpoint, struct err *err)
{
	scoped(jv) jv provider = jvs_at(user->value, "auth-provider");

	if (!jvs_is(provider, JV_KIND_NULL))
		return err_set(err, ERR_FAILED, NULL,
			"auth-provider is no longer supported (by Kubernetes neither): use an exec plugin");
	if (pem(user, "client-certificate", &endpoint->certificate, err) < 0 ||
		pem(user, "client-key", &endpoint->key, err) < 0)
		return -1;
	if (!endpoint->certificate != !endpoint->key)
		return err_set(err, ERR_FAILED, NULL, "%s is missing beside the %s",
			endpoint->key ? "client-certificate" : "client-key",
			endpoint->key ? "key" : "certificate");
	endpoint->token = token_of(user->value);
	endpoint->token_file = path_of(user, "tokenFile");
	endpoint->user = jvs_get_text(user->value, "username");
	endpoint->password = jvs_get_text(user->value, "password");
	if (take_act_as(user->value, &endpoint->impersonate, err) < 0)
		return -1;
	return take_exec(user, cluster, endpoint, err);
}

/* --context, else the first current-context that says something. The caller frees; NULL: none. */
static char *chosen_context(const struct files *files, const char *asked)
{
	if (asked)
		return mem_dup(asked);
	for (size_t i = 0; i < files->len; i++) {
		char *name = jvs_get_text(files->at[i].config, "current-context");

		if (name && *name)
			return name;
		free(name);
	}
	return NULL;
}

static int missing(const struct files *files, const char *what, const char *name, struct err *err)
{
	scoped(strs) struct strs names = { 0 };
	scoped_free char *list = NULL;

	context_names(files, &names);
	list = strs_join(&names, ", ");
	return err_set(err, ERR_FAILED, NULL, "kubeconfig: %s \"%s\" does not exist (contexts: %s)", what, name,
		names.len ? list : "none");
}

/* Where no scheme is given: https if anything speaks of TLS. Source: k8s.io/client-go/rest/url_utils.go. */
static void complete_server(struct endpoint *endpoint)
{
	scoped_free char *bare = NULL;
	bool tls = endpoint->ca || endpoint->certificate || endpoint->insecure;

	if (strstr(endpoint->server, "://"))
		return;
	bare = endpoint->server;
	endpoint->server = mem_printf("%s://%s", tls ? "https" : "http", bare);
}

static int take_context(const struct files *files, struct kubeconfig *kubeconfig, struct err *err)
{
	scoped(entry) struct entry context = find(files, "contexts", "context", kubeconfig->context);
	scoped_free char *cluster_name = jvs_get_text(context.value, "cluster");
	scoped_free char *user_name = jvs_get_text(context.value, "user");
	scoped(entry) struct entry cluster = find(files, "clusters", "cluster", cluster_name ? cluster_name : "");
	scoped(entry) struct entry user = find(files, "users", "user", user_name ? user_name : "");
	char *ns = jvs_get_text(context.value, "namespace");

	if (ns && *ns) {
		free(kubeconfig->ns);
		kubeconfig->ns = ns;
	} else {
		free(ns);
	}
	if (!context.file)
		return missing(files, "context", kubeconfig->context, err);
	if (!cluster.file)
		return missing(files, "cluster", cluster_name ? cluster_name : "", err);
	if (take_cluster(&cluster, &kubeconfig->endpoint, err) < 0)
		return err_wrap(err, "kubeconfig %s: cluster \"%s\"", cluster.file->path, cluster_name);
	if (user_name && *user_name && !user.file)
		return missing(files, "user", user_name, err);
	if (user.file && take_user(&user, cluster.value, &kubeconfig->endpoint, err) < 0)
		return err_wrap(err, "kubeconfig %s: user \"%s\"", user.file->path, user_name);
	complete_server(&kubeconfig->endpoint);
	return 0;
}

/* 1: this is a pod with an account, and it is taken; 0: it is none. */
static int take_account(struct kubeconfig *kubeconfig, struct err *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
	scoped(buf) struct buf ca = { 0 }, ns = { 0 };
	bool v6;

	if (!host || !*host || !port || !*port || access(ACCOUNT_DIR "/token", F_OK) < 0)
		return 0;
	if (buf_read_file(&ca, ACCOUNT_DIR "/ca.crt", FILE_MAX) < 0)
		return err_errno(err, "reading %s", ACCOUNT_DIR "/ca.crt");
	v6 = strchr(host, ':') != NULL;
	kubeconfig->endpoint.server = mem_printf("https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
	kubeconfig->endpoint.ca = buf_steal(&ca);
	kubeconfig->endpoint.token_file = mem_dup(ACCOUNT_DIR "/token");
	if (buf_read_file(&ns, ACCOUNT_DIR "/namespace", FILE_MAX) == 0 && ns.len) {
		free(kubeconfig->ns);
		kubeconfig->ns = buf_steal(&ns);
	}
	return 1;
}

static int take_local(struct kubeconfig *kubeconfig, struct err *err)
{
	scoped_free char *socket = place_socket(PLACE_DEFAULT);

	if (access(socket, F_OK) < 0)
		return err_set(err, ERR_UNREACHABLE, NULL,
			"no cluster: start one with `klocal up`, or name one in a kubeconfig (KUBECONFIG)");
	kubeconfig->endpoint.server = mem_printf("unix://%s", socket);
	kubeconfig->endpoint.noun = "local cluster";
	kubeconfig->endpoint.hint = "start it with `klocal up`";
	return 0;
}

int kubeconfig_load(const struct kubeconfig_options *options, struct kubeconfig *kubeconfig, struct err *err)
{
	scoped(files) struct files files = { 0 };
	scoped(strs) struct strs names = { 0 };
	int account;

	kubeconfig->ns = mem_dup("default");
	if (read_files(&files, options, err) < 0)
		return -1;
	kubeconfig->context = chosen_context(&files, options->context);
	if (kubeconfig->context)
		return take_context(&files, kubeconfig, err);
	context_names(&files, &names);
	if (names.len || options->path)
		return err_set(err, ERR_FAILED, NULL, "kubeconfig %s has no current-context: name one with --context",
			files.at[0].path);
	account = take_account(kubeconfig, err);
	return account ? account < 0 ? -1 : 0 : take_local(kubeconfig, err);
}

void kubeconfig_release(struct kubeconfig *kubeconfig)
{
	endpoint_release(&kubeconfig->endpoint);
	free(kubeconfig->context);
	free(kubeconfig->ns);
	*kubeconfig = (struct kubeconfig){ 0 };
}

int kubeconfig_contexts(const struct kubeconfig_options *options, struct strs *names, struct err *err)
{
	scoped(files) struct files files = { 0 };

	if (read_files(&files, options, err) < 0)
		return -1;
	context_names(&files, names);
	return 0;
}
