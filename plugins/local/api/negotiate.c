#include "api/negotiate.h"

#include <ctype.h>
#include <stdlib.h>

#include "api/request.h"
#include "api/reply.h"
#include "base/mem.h"

/* One choice of an Accept header: TYPE;PARAMETER=VALUE;q=0.5. Strings are lent by its text. */
struct clause {
	char *type, *as, *group, *version, *stream;
	double weight;
};

static char *trimmed(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static void clause_parse(struct clause *clause, char *text)
{
	char *rest = NULL;

	*clause = (struct clause){ .weight = 1 };
	clause->type = trimmed(strtok_r(text, ";", &rest) ? text : text + strlen(text));
	for (char *part = strtok_r(NULL, ";", &rest); part; part = strtok_r(NULL, ";", &rest)) {
		char *value = strchr(part, '='), *key;

		if (!value)
			continue;
		*value++ = '\0';
		key = trimmed(part);
		value = trimmed(value);
		if (strcmp(key, "q") == 0)
			clause->weight = strtod(value, NULL);
		else if (strcmp(key, "as") == 0)
			clause->as = value;
		else if (strcmp(key, "g") == 0)
			clause->group = value;
		else if (strcmp(key, "v") == 0)
			clause->version = value;
		else if (strcmp(key, "stream") == 0)
			clause->stream = value;
	}
}

/* By weight; those of one weight stay in order. Few, so the plain way. */
static void clauses_sort(struct clause *clauses, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct clause clause = clauses[i];
		size_t at = i;

		for (; at && clauses[at - 1].weight < clause.weight; at--)
			clauses[at] = clauses[at - 1];
		clauses[at] = clause;
	}
}

/* What may be asked for with ;as=, and where. */
static const struct transform {
	const char *as, *group, *version;
	enum form form;
	bool v1beta1;
} transforms[] = {
	{ "Table", "meta.k8s.io", "v1", FORM_TABLE, false },
	{ "Table", "meta.k8s.io", "v1beta1", FORM_TABLE, true },
	{ "PartialObjectMetadata", "meta.k8s.io", "v1", FORM_METADATA, false },
	{ "PartialObjectMetadata", "meta.k8s.io", "v1beta1", FORM_METADATA, true },
	{ "PartialObjectMetadataList", "meta.k8s.io", "v1", FORM_METADATA, false },
	{ "PartialObjectMetadataList", "meta.k8s.io", "v1beta1", FORM_METADATA, true },
	{ "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2", FORM_DISCOVERY, false },
};

enum endpoint { PLAIN = 1, OBJECTS = 2, DISCOVERY = 4 };

static bool transform_fits(const struct clause *clause, enum endpoint endpoint, struct media *media)
{
	if (!clause->as)
		return true;
	for (size_t i = 0; i < sizeof transforms / sizeof *transforms; i++) {
		const struct transform *transform = &transforms[i];
		enum endpoint where = transform->form == FORM_DISCOVERY ? DISCOVERY : OBJECTS;

		if (!(endpoint & where) || strcmp(clause->as, transform->as) != 0 || !clause->group ||
				strcmp(clause->group, transform->group) != 0 || !clause->version ||
				strcmp(clause->version, transform->version) != 0)
			continue;
		media->form = transform->form;
		media->v1beta1 = transform->v1beta1;
		return true;
	}
	return false;
}

static bool clause_fits(const struct clause *clause, enum endpoint endpoint, struct media *media)
{
	static const char *const types[] = { "application/json", "application/yaml" };

	for (size_t i = 0; i < 2; i++) {
		if (strcmp(clause->type, types[i]) != 0 && strcmp(clause->type, "application/*") != 0 &&
				strcmp(clause->type, "*/*") != 0)
			continue;
		*media = (struct media){ .yaml = i == 1 };
		media->stream = clause->stream && strcmp(clause->stream, "watch") == 0;
		if (transform_fits(clause, endpoint, media))
			return true;
	}
	return false;
}

static bool wants_pretty(const struct request *request)
{
	static const char *const people[] = { "curl", "Wget", "Mozilla/5.0" };
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	const char *pretty = query_get(&request->query, "pretty");

	if (pretty && *pretty) {
		for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
			if (strcmp(pretty, yes[i]) == 0)
				return true;
		return false;
	}
	for (size_t i = 0; request->user_agent && i < sizeof people / sizeof *people; i++)
		if (strncmp(request->user_agent, people[i], strlen(people[i])) == 0)
			return true;
	return false;
}

static int choose(struct request *request, enum endpoint endpoint)
{
	scoped_free char *text = mem_dup(request->accept ? request->accept : "");
	scoped(strs) struct strs choices = {0};
	scoped_free struct clause *clauses = NULL;
	bool pretty = wants_pretty(request), known = !*text;

	strs_split(&choices, text, ',');
	clauses = mem_array(choices.len + 1, sizeof *clauses);
	for (size_t i = 0; i < choices.len; i++) {
		clause_parse(&clauses[i], choices.at[i]);
		known |= strncmp(clauses[i].type, "application/", 12) == 0 &&
			 strcmp(clauses[i].type, "application/*") != 0;
		known |= strcmp(clauses[i].type, "*/*") == 0;
	}
	clauses_sort(clauses, choices.len);
	request->media = (struct media){ .pretty = pretty };
	if (!choices.len)
		return 0;
	/* Upstream's router looks first, and knows no half of a wildcard. */
	if (!known && endpoint == OBJECTS)
		return reply_fail(request, 406, "NotAcceptable", jv_object(),
			"406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, "
			"application/vnd.kubernetes.protobuf, application/json;stream=watch, "
			"application/vnd.kubernetes.protobuf;stream=watch");
	for (size_t i = 0; i < choices.len; i++) {
		if (!clause_fits(&clauses[i], endpoint, &request->media))
			continue;
		request->media.pretty = pretty;
		return 0;
	}
	request->media = (struct media){ .pretty = pretty };
	return reply_fail(request, 406, "NotAcceptable", jv_invalid(), "only the following media types are accepted: "
		"application/json, application/yaml, application/vnd.kubernetes.protobuf");
}

static int choose_include(struct request *request)
{
	static const char *const words[] = { "Metadata", "None", "Object" };
	const char *asked = query_get(&request->query, "includeObject");

	if (request->media.form != FORM_TABLE || !asked || !*asked)
		return 0;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(asked, words[i]) != 0)
			continue;
		request->media.include = (enum include)i;
		return 0;
	}
	return reply_fail(request, 400, "BadRequest", jv_invalid(), "unrecognized includeObject value: \"%s\"", asked);
}

int negotiate(struct request *request)
{
	return choose(request, OBJECTS) < 0 ? -1 : choose_include(request);
}

int negotiate_plain(struct request *request)
{
	return choose(request, PLAIN | DISCOVERY);
}

char *media_type(const char *header)
{
	size_t len = header ? strcspn(header, ";") : 0;
	scoped_free char *text = mem_dup_n(header, len);
	char *type = mem_dup(trimmed(text));

	for (char *at = type; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return type;
}

/* As Go's mime.ParseMediaType: every parameter is NAME=VALUE. */
static bool well_formed(const char *header)
{
	for (const char *at = strchr(header, ';'); at; at = strchr(at + 1, ';')) {
		const char *equals = strchr(at, '='), *next = strchr(at + 1, ';');

		if (at[1 + strspn(at + 1, " \t")] && (!equals || (next && next < equals)))
			return false;
	}
	return true;
}

int negotiate_body(struct request *request, bool *yaml)
{
	scoped_free char *type = media_type(request->content_type);

	*yaml = strcmp(type, "application/yaml") == 0;
	if (!*type || ((*yaml || strcmp(type, "application/json") == 0) && well_formed(request->content_type)))
		return 0;
	return reply_fail(request, 415, "UnsupportedMediaType", jv_invalid(),
		"the body of the request was in an unknown format - accepted media types include: application/json, "
		"application/yaml, application/vnd.kubernetes.protobuf");
}
