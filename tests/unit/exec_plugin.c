/* Credential plugins: what they are told, what they may answer, how long that is kept, and what a 401 does. */
#include "reach/exec_plugin.h"

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/files.h"
#include "fake.h"
#include "reach/http.h"
#include "reach/loop.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define V1 "client.authentication.k8s.io/v1"
#define ANSWER(status) "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":" status "}"

static char dir[] = "/tmp/podline-unit.XXXXXX";

/* A plugin that counts its runs in DIR/runs, shows what it was told in DIR/told, and prints text. */
static char *write_plugin(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *file = fopen(path, "w");

	fprintf(file,
		"#!/bin/sh\necho run >>%s/runs\nprintf '%%s\\n' \"$KUBERNETES_EXEC_INFO\" \"$MINE\" \"$*\" >%s/told\n"
		"cat <<'END'\n%s\nEND\n",
		dir, dir, text);
	fclose(file);
	chmod(path, 0700);
	return path;
}

static size_t runs(void)
{
	scoped_free char *path = mem_printf("%s/runs", dir);
	scoped(buf) struct buf text = { 0 };

	buf_read_file(&text, path, 1 << 20);
	return text.len / 4;
}

static struct exec_plugin plugin_of(char *command)
{
	return (struct exec_plugin){ .command = command, .api_version = V1, .interactive_mode = "Never" };
}

static void answers(const char *words, const char *text, const char *wanted)
{
	scoped_free char *path = write_plugin("answers", text), *got = NULL;
	scoped(exec_credential) struct exec_credential credential = { 0 };
	scoped(err) struct err err = { 0 };
	struct endpoint endpoint = { .server = "https://somewhere" };
	struct exec_plugin plugin = plugin_of(path);

	if (exec_plugin_get(&plugin, &endpoint, true, &credential, &err) < 0)
		got = mem_dup(strchr(err_text(&err), ':') + 2);
	else
		got = mem_printf("token %s certificate %s", credential.token ? credential.token : "-",
			credential.certificate ? credential.certificate : "-");
	same(got, wanted, words);
}

static void test_answers(void)
{
	answers("a token", ANSWER("{\"token\":\"abc\"}"), "token abc certificate -");
	answers("a certificate", ANSWER("{\"clientCertificateData\":\"C\",\"clientKeyData\":\"K\"}"),
		"token - certificate C");
	answers("half a certificate", ANSWER("{\"clientCertificateData\":\"C\"}"),
		"it returned only certificate or key, not both");
	answers("nothing", ANSWER("{}"), "it didn't return a token or cert/key pair");
	answers("no status", "{\"apiVersion\":\"" V1 "\"}", "it didn't return a status field");
	answers("another version",
		"{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"abc\"}}",
		"it returned version client.authentication.k8s.io/v1beta1, expected " V1);
	answers("a secret and garbage", "{\"token\":\"secret", "it printed something that is no ExecCredential");
	answers("a bad time", ANSWER("{\"token\":\"abc\",\"expirationTimestamp\":\"soon\"}"),
		"its expirationTimestamp: \"soon\" is not a time such as 2026-11-24T22:22:42Z");
}

static void fails(const char *words, struct exec_plugin plugin, const char *wanted)
{
	scoped(exec_credential) struct exec_credential credential = { 0 };
	scoped(err) struct err err = { 0 };
	struct endpoint endpoint = { .server = "https://somewhere" };

	exec_plugin_get(&plugin, &endpoint, false, &credential, &err);
	same(err_text(&err), wanted, words);
}

static void test_failures(void)
{
	struct exec_plugin plugin = plugin_of("/nowhere/plugin");

	fails("one that is not there", plugin,
		"credential plugin /nowhere/plugin: starting /nowhere/plugin: No such file or directory");
	plugin.install_hint = "get it from somewhere";
	fails("with a hint", plugin, "credential plugin /nowhere/plugin: it is not installed: get it from somewhere");
	fails("one that fails", plugin_of("false"), "credential plugin false: it failed with exit status 1");
	plugin = plugin_of("true");
	plugin.interactive_mode = NULL;
	fails("v1 without a mode", plugin,
		"credential plugin true: interactiveMode is missing: Never, IfAvailable or Always");
	plugin.api_version = "client.authentication.k8s.io/v1alpha1";
	fails("an old version", plugin,
		"credential plugin true: apiVersion \"client.authentication.k8s.io/v1alpha1\" is none of " V1
		" and …/v1beta1");
}

static void test_told(void)
{
	scoped_free char *path = write_plugin("told-plugin", ANSWER("{\"token\":\"abc\"}")), *told = NULL;
	scoped(exec_credential) struct exec_credential credential = { 0 };
	scoped(buf) struct buf text = { 0 };
	struct endpoint endpoint = { .server = "https://somewhere", .ca = "PEM", .tls_server_name = "name" };
	struct exec_plugin plugin = plugin_of(path);

	plugin.provide_cluster_info = true;
	plugin.cluster_config = "{\"x\":[1]}";
	strs_add(&plugin.args, "get token");
	strs_add(&plugin.args, "$(id)");
	strs_add(&plugin.env, "MINE=yes");
	setenv("MINE", "no", 1);
	ok(exec_plugin_get(&plugin, &endpoint, false, &credential, NULL) == 0, "it runs");
	told = mem_printf("%s/told", dir);
	buf_read_file(&text, told, 1 << 20);
	same(buf_text(&text),
		"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"spec\":{\"interactive\":false,\"cluster\":{"
		"\"server\":\"https://somewhere\",\"tls-server-name\":\"name\",\"certificate-authority-data\":\"UEVN\","
		"\"config\":{\"x\":[1]}}}}\nyes\nget token $(id)\n",
		"and is told what it needs");
	unsetenv("MINE");
	strs_release(&plugin.args);
	strs_release(&plugin.env);
}

static void test_kept(void)
{
	scoped_free char *path =
		write_plugin("kept", ANSWER("{\"token\":\"abc\",\"expirationTimestamp\":\"2100-01-01T00:00:00Z\"}"));
	scoped_free char *old =
		write_plugin("old", ANSWER("{\"token\":\"abc\",\"expirationTimestamp\":\"2000-01-01T00:00:00Z\"}"));
	scoped_free char *kept = mem_printf("%s/podline/credentials", dir);
	scoped(exec_credential) struct exec_credential credential = { 0 };
	struct endpoint endpoint = { .server = "https://somewhere" };
	struct exec_plugin plugin = plugin_of(path);
	struct stat st = { 0 };
	size_t before = runs();

	exec_plugin_get(&plugin, &endpoint, false, &credential, NULL);
	exec_plugin_get(&plugin, &endpoint, false, &credential, NULL);
	ok(runs() == before + 1 && credential.token && strcmp(credential.token, "abc") == 0,
		"what does not expire is kept");
	ok(stat(kept, &st) == 0 && (st.st_mode & 077) == 0, "for its owner");
	exec_plugin_get(&plugin, &endpoint, true, &credential, NULL);
	ok(runs() == before + 2, "until it is wanted anew");
	setenv("AWS_PROFILE", "other", 1);
	exec_plugin_get(&plugin, &endpoint, false, &credential, NULL);
	ok(runs() == before + 3, "in another environment it is another");
	unsetenv("AWS_PROFILE");
	setenv("SHLVL", "7", 1);
	exec_plugin_get(&plugin, &endpoint, false, &credential, NULL);
	ok(runs() == before + 3, "in another shell it is not");
	plugin.command = old;
	exec_plugin_get(&plugin, &endpoint, false, &credential, NULL);
	exec_plugin_get(&plugin, &endpoint, false, &credential, NULL);
	ok(runs() == before + 5, "what is expired is not kept");
}

static void test_refused(void)
{
	static const struct fake_rule rules[] = {
		{ "GET /a ", 401, .body = "{}", .wants = "Authorization: Bearer abc" },
		{ "GET /a ", 200, .body = "in", .wants = "Authorization: Bearer abc" },
		{ "GET /b ", 200, .body = "in", .wants = "Authorization: Bearer abc" },
	};
	scoped_free char *path = write_plugin("refused", ANSWER("{\"token\":\"abc\"}"));
	struct exec_plugin *plugin = mem_alloc(sizeof *plugin);
	struct loop *loop = loop_new();
	struct http *http;
	struct fake fake;
	size_t before = runs();

	fake_start(&fake, rules, COUNT(rules));
	*plugin = (struct exec_plugin){
		.command = mem_dup(path), .api_version = mem_dup(V1), .interactive_mode = mem_dup("Never")
	};
	fake.endpoint.exec = plugin;
	http = http_new(loop, &fake.endpoint, "test/1");
	ok(runs() == before, "it is not run before it is needed");
	for (int i = 0; i < 2; i++) {
		scoped(http_answer) struct http_answer answer = { 0 };
		struct http_request request = { .path = i ? "/b" : "/a" };

		ok(http_do(http, &request, &answer, NULL) == 0 && answer.status == 200, "%s is answered", request.path);
	}
	ok(runs() == before + 2, "it is run again after a 401, and not for each request");
	http_free(http);
	loop_free(loop);
	fake_stop(&fake);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 99;
	setenv("XDG_CACHE_HOME", dir, 1);
	test_answers();
	test_failures();
	test_told();
	test_kept();
	test_refused();
	files_remove_tree(dir, NULL);
	return tap_end();
}
