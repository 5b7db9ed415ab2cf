#include "verb/ref.h"

#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "formats/peek.h"

#define MIXED "%s: either every word is KIND/NAME, or the first one is a KIND"

static void add_pair(struct refs *refs, const char *kind, const char *name)
{
	strs_add(&refs->kinds, kind);
	strs_add(&refs->names, name);
}

/* "KIND/NAME". */
static int add_slashed(struct refs *refs, const char *word, struct err *err)
{
	scoped_free char *kind = mem_dup_n(word, strcspn(word, "/"));
	const char *name = strchr(word, '/');

	if (!name || !*kind || !name[1] || strchr(name + 1, '/'))
		return err_set(err, ERR_USAGE, NULL, MIXED, word);
	add_pair(refs, kind, name + 1);
	return 0;
}

static int add_all_slashed(struct refs *refs, const struct strs *words, struct err *err)
{
	for (size_t i = 0; i < words->len; i++)
		if (add_slashed(refs, words->at[i], err) < 0)
			return -1;
	return 0;
}

/* Names of an implied kind; a KIND/NAME among them says its own. */
static int add_names(struct refs *refs, const char *kind, const struct strs *words, struct err *err)
{
	for (size_t i = 0; i < words->len; i++)
		if (!strchr(words->at[i], '/'))
			add_pair(refs, kind, words->at[i]);
		else if (add_slashed(refs, words->at[i], err) < 0)
			return -1;
	return 0;
}

/* KIND[,KIND…] NAME… */
static int add_kinds(struct refs *refs, const struct strs *words, struct err *err)
{
	scoped(strs) struct strs kinds = { 0 };

	strs_split(&kinds, words->at[0], ',');
	for (size_t i = 0; i < kinds.len; i++) {
		if (words->len == 1)
			add_pair(refs, kinds.at[i], "");
		for (size_t k = 1; k < words->len; k++) {
			if (strchr(words->at[k], '/'))
				return err_set(err, ERR_USAGE, NULL, MIXED, words->at[k]);
			add_pair(refs, kinds.at[i], words->at[k]);
		}
	}
	return 0;
}

static bool is_blank(const char *text)
{
	return !text || !text[strspn(text, " \t\r\n")];
}

static bool selects(const struct ref_options *options)
{
	return options->labels || options->fields || options->all;
}

/* An empty selector, as from a variable that is not set, matches everything without saying so. */
static bool selects_some(const struct ref_options *options)
{
	return !is_blank(options->labels) || !is_blank(options->fields) || options->all;
}

/* What contradicts itself, and what would mean everything without saying so. */
static int check(const struct refs *refs, const struct ref_options *options, bool acts, struct err *err)
{
	bool named = false, whole = false;

	for (size_t i = 0; i < refs->names.len; i++) {
		named = named || *refs->names.at[i];
		whole = whole || !*refs->names.at[i];
	}
	if (options->files && refs->names.len)
		return err_set(err, ERR_USAGE, NULL, "objects are named by words or by -f, not by both");
	if (named && selects(options))
		return err_set(err, ERR_USAGE, NULL, "%s: a name and a selector or --all do not go together",
			refs->names.at[0]);
	if (named && options->all_namespaces)
		return err_set(err, ERR_USAGE, NULL, "%s: a name and --all-namespaces do not go together",
			refs->names.at[0]);
	if (options->all && (options->labels || options->fields))
		return err_set(err, ERR_USAGE, NULL, "--all and a selector do not go together");
	if (options->ns && options->all_namespaces)
		return err_set(err, ERR_USAGE, NULL, "--namespace and --all-namespaces do not go together");
	if (acts && whole && !selects_some(options))
		return err_set(err, ERR_USAGE, NULL, "which %s? a name, -l SELECTOR or --all says it",
			refs->kinds.at[0]);
	return 0;
}

static int add_files(struct refs *refs, char **files, struct err *err)
{
	for (; *files; files++)
		if (source_add(&refs->source, *files, false, err) < 0)
			return -1;
	return 0;
}

/* Nothing was named: what does the verb work on? */
static int add_default(struct refs *refs, const struct ref_options *options, const char *kind, bool acts,
	struct err *err)
{
	if (kind && (!acts || selects(options)))
		add_pair(refs, kind, "");
	else if (!acts)
		return err_set(err, ERR_USAGE, NULL, "which kind? its plural says it: pods, nodes");
	else if (selects(options))
		return err_set(err, ERR_USAGE, NULL, "which kind? its plural stands before the selector");
	else if (isatty(STDIN_FILENO))
		return err_set(err, ERR_USAGE, NULL, "nothing is named, and stdin is a terminal");
	else
		return source_add(&refs->source, "-", false, err);
	return 0;
}

/* An empty word stands where a variable was not set: it must mean neither stdin nor everything. */
static bool has_empty(const struct strs *words)
{
	for (size_t i = 0; i < words->len; i++)
		if (is_blank(words->at[i]))
			return true;
	return false;
}

int refs_plan(struct refs *refs, const struct strs *words, const struct ref_options *options, const char *kind,
	bool acts, struct loop *loop, struct err *err)
{
	int status;

	refs->source.loop = loop;
	if (has_empty(words))
		return err_set(err, ERR_USAGE, NULL, "a name or kind is empty");
	if (options->files)
		status = add_files(refs, options->files, err);
	else if (!words->len)
		status = add_default(refs, options, kind, acts, err);
	else
		status = 0;
	if (status == 0 && words->len) {
		if (kind)
			status = add_names(refs, kind, words, err);
		else if (strchr(words->at[0], '/'))
			status = add_all_slashed(refs, words, err);
		else
			status = add_kinds(refs, words, err);
	}
	return status < 0 ? -1 : check(refs, options, acts, err);
}

bool refs_are_one(const struct refs *refs)
{
	return refs->names.len == 1;
}

bool refs_are_many(const struct refs *refs)
{
	return refs->names.len != 1 || !*refs->names.at[0];
}

bool refs_are_mixed(const struct refs *refs)
{
	for (size_t i = 1; i < refs->kinds.len; i++)
		if (strcmp(refs->kinds.at[i], refs->kinds.at[0]) != 0)
			return true;
	return false;
}

static const char *hold(struct refs *refs, struct slice slice)
{
	if (!slice.at)
		return NULL;
	strs_take(&refs->held, peek_text(slice));
	return refs->held.at[refs->held.len - 1];
}

static int next_object(struct refs *refs, struct said *said, struct err *err)
{
	struct peek peek;
	int more = source_next(&refs->source, &said->object, err);

	if (more <= 0)
		return more;
	strs_release(&refs->held);
	if (peek_object(said->object, &peek, err) < 0)
		return -1;
	said->api_version = hold(refs, peek.api_version);
	said->kind = hold(refs, peek.kind);
	said->ns = hold(refs, peek.ns);
	said->name = hold(refs, peek.name);
	said->uid = hold(refs, peek.uid);
	if (!said->name)
		return err_set(err, ERR_FAILED, NULL, "a %s without a name", said->kind);
	return 1;
}

int refs_next(struct refs *refs, struct said *said, struct err *err)
{
	const char *name;

	*said = (struct said){ 0 };
	if (refs->next == refs->names.len)
		return next_object(refs, said, err);
	said->kind = refs->kinds.at[refs->next];
	name = refs->names.at[refs->next++];
	said->name = *name ? name : NULL;
	return 1;
}

void refs_release(struct refs *refs)
{
	strs_release(&refs->kinds);
	strs_release(&refs->names);
	source_release(&refs->source);
	strs_release(&refs->held);
	*refs = (struct refs){ 0 };
}
