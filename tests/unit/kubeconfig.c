/* Which cluster is meant: kubeconfigs merged as client-go merges them, and what is said of bad ones. */
#include "reach/kubeconfig.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "base/mem.h"
#include "reach/exec_plugin.h"
#include "tap.h"

static const char ONE[] =
	"current-context: first\n"
	"clusters:\n"
	"- name: here\n"
	"  cluster: {server: 'https://one:6443', certificate-authority-data: Y2E=, tls-server-name: api}\n"
	"users:\n"
	"- name: me\n"
	"  user: {client-certificate: cert.pem, client-key-data: a2V5}\n"
	"contexts:\n"
	"- name: first\n"
	"  context: {cluster: here, user: me, namespace: shop}\n"
	"- name: broken\n"
	"  context: {cluster: nowhere, user: me}\n";

static const char TWO[] = "current-context: second\n"
			  "clusters:\n"
			  "- name: here\n"
			  "  cluster: {server: 'https://two:6443', insecure-skip-tls-verify: true}\n"
			  "- name: there\n"
			  "  cluster: {server: 'unix:///run/there.sock'}\n"
			  "users:\n"
			  "- name: token\n"
			  "  user:\n"
			  "    tokenFile: secret/token\n"
			  "    exec: {command: bin/plugin, args: [a, b], env: [{name: K, value: v}], apiVersion: "
			  "client.authentication.k8s.io/v1}\n"
			  "- name: half\n"
			  "  user: {client-key-data: a2V5}\n"
			  "contexts:\n"
			  "- name: second\n"
			  "  context: {cluster: there, user: token}\n"
			  "- name: half\n"
			  "  context: {cluster: there, user: half}\n";

static char *dir;

static char *write_file(const char *name, const char *text)
{
	scoped(err) struct err err = { 0 };
	char *path = mem_printf("%s/%s", dir, name);

	if (files_write(path, text, strlen(text), &err) < 0)
		printf("# %s\n", err_text(&err));
	return path;
}

static void merged(void)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };

	ok(kubeconfig_load(&(struct kubeconfig_options){ 0 }, &config, &err) == 0, "two files load");
	same(config.context, "first", "the first current-context counts");
	same(config.endpoint.server, "https://one:6443", "the first file with a name wins");
	ok(!config.endpoint.insecure, "and wins the whole entry");
	same(config.ns, "shop", "the context's namespace");
	same(config.endpoint.ca, "ca", "inline data is decoded");
	same(config.endpoint.certificate, "cert\n", "a relative path is seen from its file's folder");
	same(config.endpoint.key, "key", "file and data side by side");
	same(config.endpoint.tls_server_name, "api", "tls-server-name");
}

static void second(void)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };
	scoped_free char *token = mem_printf("%s/secret/token", dir), *plugin = mem_printf("%s/bin/plugin", dir);

	ok(kubeconfig_load(&(struct kubeconfig_options){ .context = "second" }, &config, &err) == 0,
		"--context of the second file");
	same(config.endpoint.server, "unix:///run/there.sock", "a Unix socket is a server");
	same(config.ns, "default", "no namespace is default");
	same(config.endpoint.token_file, token, "tokenFile is relative to its file");
	if (ok(config.endpoint.exec != NULL, "a plugin"))
		same(config.endpoint.exec->command, plugin, "its command with a slash is relative to its file");
}

static void told(const char *context, const char *wanted)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };

	ok(kubeconfig_load(&(struct kubeconfig_options){ .context = context }, &config, &err) < 0 &&
			strstr(err_text(&err), wanted),
		"%s: %s", context, wanted);
	if (!strstr(err_text(&err), wanted))
		printf("# %s\n", err_text(&err));
}

static void alone(void)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };
	scoped_free char *bad = write_file("bad", "clusters: [\n"), *empty = write_file("empty", "");

	ok(kubeconfig_load(&(struct kubeconfig_options){ .path = "/nowhere/config" }, &config, &err) < 0 &&
			strstr(err_text(&err), "/nowhere/config"),
		"--kubeconfig must be there");
	kubeconfig_release(&config);
	ok(kubeconfig_load(&(struct kubeconfig_options){ .path = bad }, &config, &err) < 0 &&
			strstr(err_text(&err), bad) && strstr(err_text(&err), "line"),
		"a malformed file is named with its line");
	kubeconfig_release(&config);
	setenv("KUBECONFIG", empty, 1);
	ok(kubeconfig_load(&(struct kubeconfig_options){ 0 }, &config, &err) < 0 && err.class == ERR_UNREACHABLE &&
			strstr(err_text(&err), "klocal up"),
		"nothing chosen and no local cluster: what to do is said");
}

/* Loads a kubeconfig whose one cluster and one user are these. */
static int load(const char *cluster, const char *user, struct kubeconfig *config, struct err *err)
{
	scoped_free char *text =
		mem_printf("{current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}], "
			   "clusters: [{name: c, cluster: {%s}}], users: [{name: u, user: {%s}}]}",
			cluster, user);
	scoped_free char *path = write_file("made", text);

	return kubeconfig_load(&(struct kubeconfig_options){ .path = path }, config, err);
}

static void serves(const char *cluster, const char *wanted)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };

	load(cluster, "", &config, &err);
	same(config.endpoint.server, wanted, cluster);
}

static void fails(const char *cluster, const char *user, const char *wanted)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };
	bool good = load(cluster, user, &config, &err) < 0 && strstr(err_text(&err), wanted);

	ok(good, "%s", wanted);
	if (!good)
		printf("# %s\n", err_text(&err));
}

static void entries(void)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };
	scoped_free char *headers = NULL;

	serves("server: 'one:6443'", "http://one:6443");
	serves("server: 'one:6443', certificate-authority-data: Y2E=", "https://one:6443");
	serves("server: 'one:6443', insecure-skip-tls-verify: true", "https://one:6443");
	fails("certificate-authority-data: Y2E=", "", "cluster \"c\": server is missing");
	fails("server: x, certificate-authority-data: '%'", "", "certificate-authority-data is no base64");
	fails("server: x, certificate-authority: no/such", "", "no/such: No such file or directory");
	fails("server: x, certificate-authority-data: Y2E=, insecure-skip-tls-verify: true", "", "exclude each other");
	fails("server: x", "auth-provider: {name: gcp}", "user \"u\": auth-provider is no longer supported");
	fails("server: x", "act-as-groups: [a]", "act-as-… without act-as");
	fails("server: x", "act-as: \"a\\nb\"", "control characters");
	fails("server: x", "exec: {args: [x]}", "exec.command is missing");
	ok(load("server: x", "token: \"abc\\n\", act-as: me, act-as-groups: [a, b], act-as-user-extra: {Some/Key: [v]}",
		   &config, &err) == 0,
		"a user that acts as another");
	same(config.endpoint.token, "abc", "a token without its line end");
	headers = strs_join(&config.endpoint.impersonate, "|");
	same(headers, "Impersonate-User: me|Impersonate-Group: a|Impersonate-Group: b|Impersonate-Extra-some%2Fkey: v",
		"becomes headers");
}

static void nowhere(void)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(err) struct err err = { 0 };

	setenv("KUBECONFIG", "/nowhere/a:/nowhere/b", 1);
	ok(kubeconfig_load(&(struct kubeconfig_options){ 0 }, &config, &err) < 0, "KUBECONFIG that names no file");
	same(err_text(&err), "KUBECONFIG is /nowhere/a:/nowhere/b: there is no such file", "is said");
}

int main(void)
{
	char template[] = "/tmp/podline.XXXXXX";
	scoped_free char *one = NULL, *two = NULL, *cert = NULL, *list = NULL;
	scoped(err) struct err err = { 0 };

	dir = mkdtemp(template);
	if (!dir)
		return 1;
	setenv("KLOCAL_HOME", dir, 1);
	unsetenv("KUBERNETES_SERVICE_HOST");
	one = write_file("one", ONE);
	two = write_file("two", TWO);
	cert = write_file("cert.pem", "cert\n");
	list = mem_printf("/nowhere::%s:%s", one, two);
	setenv("KUBECONFIG", list, 1);
	merged();
	second();
	told("third", "context \"third\" does not exist (contexts: first, broken, second, half)");
	told("broken", "cluster \"nowhere\" does not exist");
	told("half", "client-certificate is missing");
	alone();
	entries();
	nowhere();
	files_remove_tree(dir, &err);
	return tap_end();
}
