#include "node/env.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"

static char **entry(const struct strs *env, const char *name, size_t len)
{
	for (size_t i = 0; i < env->len; i++)
		if (strncmp(env->at[i], name, len) == 0 && env->at[i][len] == '=')
			return &env->at[i];
	return NULL;
}

void env_set(struct strs *env, const char *name, const char *value)
{
	char **old = entry(env, name, strlen(name));

	if (old) {
		free(*old);
		*old = mem_printf("%s=%s", name, value);
	} else {
		strs_printf(env, "%s=%s", name, value);
	}
}

char *env_expand(const char *text, const struct strs *env)
{
	struct buf out = { 0 };

	while (*text) {
		const char *end = text[0] == '$' && text[1] == '(' ? strchr(text + 2, ')') : NULL;
		char **found = end ? entry(env, text + 2, (size_t)(end - text - 2)) : NULL;

		if (text[0] == '$' && text[1] == '$') {
			buf_add_char(&out, '$');
			text += 2;
		} else if (end) {
			if (found)
				buf_add_text(&out, strchr(*found, '=') + 1);
			else
				buf_add(&out, text, (size_t)(end - text) + 1);
			text = end + 1;
		} else {
			buf_add_char(&out, *text++);
		}
	}
	return buf_steal(&out);
}
