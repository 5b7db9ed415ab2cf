/* k: runs the verb, plugin or kubectl plugin of a name: "k pods -w" is "kpods -w". */
#include <dirent.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/proc.h"
#include "verb/plugins.h"
#include "verb/verb.h"

#define ABOUT_LINES 10  /* of a plugin: how far its "# about: words" is looked for */

static const struct verb_example examples[] = {
	{ "k", "what there is to run, a line each" },
	{ "k pods -w", "the same as kpods -w" },
	{ 0 },
};

/* Where programs are looked for. */
struct shelf {
	char *folder;           /* ours: the other verbs are beside us */
	struct strs verbs;      /* "kpods": those that were built with us */
	struct strs plugins;    /* folders */
	struct strs path;       /* folders of $PATH */
};

static void shelf_release(struct shelf *shelf)
{
	free(shelf->folder);
	strs_release(&shelf->verbs);
	strs_release(&shelf->plugins);
	strs_release(&shelf->path);
}

static void shelf_fill(struct shelf *shelf)
{
	const char *path = getenv("PATH");
	scoped_free char *self = realpath("/proc/self/exe", NULL);
	char *slash = self ? strrchr(self, '/') : NULL;

	shelf->folder = slash ? mem_dup_n(self, (size_t)(slash - self)) : mem_dup(PODLINE_PREFIX "/bin");
	strs_split(&shelf->verbs, PODLINE_VERBS, ' ');
	plugins_path(&shelf->plugins);
	strs_split(&shelf->path, path ? path : "", ':');
}

/* The verbs of plugins find ours on PATH, wherever we were started from. */
static void put_on_path(const struct shelf *shelf)
{
	scoped_free char *path = mem_printf("%s:%s", shelf->folder, getenv("PATH") ? getenv("PATH") : "");

	if (!strs_has(&shelf->path, shelf->folder))
		setenv("PATH", path, 1);
}

static char *find_verb(const struct shelf *shelf, const char *name)
{
	scoped_free char *verb = mem_printf("k%s", name);

	if (!strs_has(&shelf->verbs, verb))
		return NULL;
	return mem_printf("%s/%s", shelf->folder, verb);
}

/* kubectl's way: of "a b c" the longest of kubectl-a-b-c, kubectl-a-b, kubectl-a that is there; - in a word is _.
 * *used: the words that its name takes. The caller frees; NULL: none. */
static char *find_kubectl(const struct shelf *shelf, const char **words, int *used)
{
	scoped(strs) struct strs names = { 0 };
	scoped(buf) struct buf name = { 0 };

	buf_add_text(&name, "kubectl");
	for (int i = 0; words[i] && words[i][0] != '-'; i++) {
		buf_add_char(&name, '-');
		for (const char *at = words[i]; *at; at++)
			buf_add_char(&name, *at == '-' ? '_' : *at);
		strs_add(&names, buf_text(&name));
	}
	for (*used = (int)names.len; *used; --*used) {
		char *found = strchr(words[*used - 1], '/') ? NULL : plugins_find(&shelf->path, names.at[*used - 1]);

		if (found)
			return found;
	}
	return NULL;
}

/* What words begin with; *used as above. The caller frees; NULL: nothing has that name. */
static char *find(const struct shelf *shelf, const char **words, int *used)
{
	char *found = find_verb(shelf, words[0]);

	*used = 1;
	if (!found && !strchr(words[0], '/') && words[0][0] != '.')
		found = plugins_find(&shelf->plugins, words[0]);
	return found ? found : find_kubectl(shelf, words, used);
}

/* A verb's own line. The caller frees. */
static char *about_verb(const char *path)
{
	const char *argv[] = { path, "--about", NULL };
	scoped(err) struct err err = { 0 };
	scoped(buf) struct buf line = { 0 };
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return mem_dup("");
	pid = proc_start(&(struct proc){ .argv = argv, .in = -1, .out = ends[1], .err = -1, .keep = -1 }, &err);
	close(ends[1]);
	while (pid > 0 && buf_read(&line, ends[0]) > 0)
		;
	close(ends[0]);
	if (pid > 0)
		proc_wait(pid, &err);
	return mem_dup_n(buf_text(&line), strcspn(buf_text(&line), "\n"));
}

/* The line of a plugin that is a script and has one; it is not run for that. The caller frees. */
static char *about_plugin(const char *path)
{
	FILE *file = fopen(path, "re");
	scoped_free char *line = NULL;
	char *about = NULL;
	size_t size = 0;

	for (int i = 0; file && !about && i < ABOUT_LINES && getline(&line, &size, file) > 0; i++)
		if (strncmp(line, "# about: ", 9) == 0)
			about = mem_dup_n(line + 9, strcspn(line + 9, "\n"));
	if (file)
		fclose(file);
	return about ? about : mem_dup("");
}

struct listing {
	struct strs seen;
	const char *form;       /* how each is printed with what it is; NULL: it is not */
	const char *begins;     /* only names that begin so */
};

static void list_one(struct listing *listing, const char *name, const char *path, char *(*about)(const char *path))
{
	if (strs_has(&listing->seen, name) || strncmp(name, listing->begins, strlen(listing->begins)) != 0)
		return;
	strs_add(&listing->seen, name);
	if (listing->form) {
		scoped_free char *text = about(path);

		printf(listing->form, name, text);
	}
}

/* Executables of a folder whose names begin with prefix, under the rest of their names. */
static void list_folder(struct listing *listing, const char *folder, const char *prefix)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		scoped_free struct dirent *entry = entries[i];
		scoped_free char *path = mem_printf("%s/%s", folder, entry->d_name);
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && plugins_is_program(path))
			list_one(listing, entry->d_name + strlen(prefix), path, about_plugin);
	}
	if (count >= 0)
		free(entries);
}

static void list_all(const struct shelf *shelf, struct listing *listing)
{
	for (size_t i = 0; i < shelf->verbs.len; i++) {
		scoped_free char *path = mem_printf("%s/%s", shelf->folder, shelf->verbs.at[i]);

		if (shelf->verbs.at[i][1] && access(path, X_OK) == 0)
			list_one(listing, shelf->verbs.at[i] + 1, path, about_verb);
	}
	for (size_t i = 0; i < shelf->plugins.len; i++)
		list_folder(listing, shelf->plugins.at[i], "");
	for (size_t i = 0; i < shelf->path.len; i++)
		list_folder(listing, shelf->path.at[i], "kubectl-");
}

static void run(const struct shelf *shelf, struct verb *verb, const char **words)
{
	struct listing known = { .begins = "" };
	scoped(err) struct err err = { 0 };
	const char *near;
	int used;
	scoped_free char *path = find(shelf, words, &used);

	if (path) {
		put_on_path(shelf);
		words[used - 1] = path;
		execv(path, (char *const *)words + used - 1);
		err_errno(&err, "%s", path);
	} else {
		list_all(shelf, &known);
		near = strs_nearest(&known.seen, words[0]);
		err_set(&err, ERR_USAGE, NULL, "no verb or plugin \"%s\"", words[0]);
		if (near)
			err_set(&err, ERR_USAGE, NULL, "no verb or plugin \"%s\"; did you mean \"%s\"?", words[0],
				near);
		strs_release(&known.seen);
	}
	verb_fail(verb, &err);
}

/* Names for the first word; then it is the verb's own to say. Plugins are not run for it. */
static void complete_words(const struct shelf *shelf, int argc, const char **words)
{
	struct listing names = { .form = "%s\t%s\n", .begins = argc ? words[0] : "" };
	scoped_free char *path = argc > 1 ? find_verb(shelf, words[0]) : NULL;

	if (path) {
		words[0] = "--complete";
		words[-1] = path;
		execv(path, (char *const *)words - 1);
	} else if (argc <= 1) {
		list_all(shelf, &names);
	}
	strs_release(&names.seen);
}

static void print_verbs(const struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->verbs.len; i++)
		puts(shelf->verbs.at[i]);
}

int main(int argc, const char **argv)
{
	int verbs = 0;
	struct verb verb = {
		.name = "k",
		.about = "run a verb or plugin by its name, or list them",
		.usage = "[VERB [WORD...]]",
		.examples = examples,
		.takes_words = true,
	};
	struct poptOption options[] = {
		{ "verbs", '\0', POPT_ARG_NONE | POPT_ARGFLAG_DOC_HIDDEN, &verbs, 0, NULL, NULL },
		OPTION_GROUP(verb_table(&verb, VERB_GENERAL), "General:"),
		POPT_TABLEEND,
	};
	scoped(shelf) struct shelf shelf = { 0 };
	struct listing all = { .form = "%-12s %s\n", .begins = "" };

	shelf_fill(&shelf);
	if (argc > 1 && strcmp(argv[1], "--complete") == 0 && (argc < 3 || argv[2][0] != '-')) {
		complete_words(&shelf, argc - 2, argv + 2);
	} else if (argc > 1 && argv[1][0] != '-') {
		run(&shelf, &verb, argv + 1);
	} else if (verb_start(&verb, argc, argv, options) == 0) {
		if (verbs)
			print_verbs(&shelf);
		else
			list_all(&shelf, &all);
	}
	strs_release(&all.seen);
	return verb_end(&verb);
}
