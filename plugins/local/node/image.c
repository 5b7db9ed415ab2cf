#include "node/image.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

#define NAME_MAX_LENGTH 255
#define TAG_MAX_LENGTH 128

/* The length of the registry that name begins with, or 0. */
static size_t registry_length(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t len = slash ? (size_t)(slash - name) : 0;
	bool upper = false;

	for (size_t i = 0; i < len; i++)
		upper = upper || isupper((unsigned char)name[i]);
	if (!len || (!memchr(name, '.', len) && !memchr(name, ':', len) && !upper &&
			    !(len == strlen("localhost") && strncmp(name, "localhost", len) == 0)))
		return 0;
	return len;
}

bool image_is_short(const char *name)
{
	return registry_length(name) == 0;
}

static bool registry_is_good(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr(".-:[]", name[i]))
			return false;
	return true;
}

static bool is_lower_alnum(char c)
{
	return islower((unsigned char)c) || isdigit((unsigned char)c);
}

/* Parts of [a-z0-9]+ with one of ".", "_", "__" or any number of "-" between. */
static bool path_is_good(const char *at, size_t len)
{
	size_t i = 0;

	for (;;) {
		size_t run = 0;

		if (i >= len || !is_lower_alnum(at[i]))
			return false;
		while (i < len && is_lower_alnum(at[i]))
			i++;
		if (i == len)
			return true;
		if (at[i] == '/') {
			i++;
			continue;
		}
		while (i < len && strchr("._-", at[i])) {
			if (run && (at[i] != at[i - 1] || at[i] == '.' || (at[i] == '_' && run == 2)))
				return false;
			run++;
			i++;
		}
		if (!run)
			return false;
	}
}

static bool tag_is_good(const char *tag, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)tag[i]) && tag[i] != '_' && (i == 0 || !strchr(".-", tag[i])))
			return false;
	return len > 0 && len <= TAG_MAX_LENGTH;
}

/* "sha256:" and 64 digits; other algorithms are written likewise. */
static bool digest_is_good(const char *digest)
{
	const char *colon = strchr(digest, ':');
	size_t hex = 0;

	if (!colon || colon == digest)
		return false;
	for (const char *at = digest; at < colon; at++)
		if (!isalnum((unsigned char)*at) && !strchr("+._-", *at))
			return false;
	for (const char *at = colon + 1; *at; at++, hex++)
		if (!isdigit((unsigned char)*at) && !(*at >= 'a' && *at <= 'f'))
			return false;
	return hex >= 32;
}

char *image_normalise(const char *name)
{
	size_t registry = registry_length(name);
	const char *path = registry ? name + registry + 1 : name;
	const char *digest = strchr(path, '@'), *end = digest ? digest : path + strlen(path);
	const char *colon = memchr(path, ':', (size_t)(end - path));
	size_t path_len = (size_t)((colon ? colon : end) - path);
	const char *prefix = registry ? "" : memchr(path, '/', path_len) ? "docker.io/" : "docker.io/library/";

	if (path_len > NAME_MAX_LENGTH || !registry_is_good(name, registry) || !path_is_good(path, path_len) ||
		(colon && !tag_is_good(colon + 1, (size_t)(end - colon - 1))) ||
		(digest && !digest_is_good(digest + 1)))
		return NULL;
	return mem_printf("%s%s%s", prefix, name, colon || digest ? "" : ":latest");
}
