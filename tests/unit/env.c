#include "node/env.h"

#include "base/strs.h"
#include "tap.h"

/* Cases of k8s.io/kubernetes/third_party/forked/golang/expansion. */
static const struct {
	const char *text, *expanded;
} cases[] = {
	{ "$(A)", "a" },
	{ "___$(B)___", "___b___" },
	{ "$(A)-$(B)", "a-b" },
	{ "$(NO)", "$(NO)" },
	{ "$$(A)", "$(A)" },
	{ "$$$(A)", "$a" },
	{ "$$$$(A)", "$$(A)" },
	{ "$(A", "$(A" },
	{ "$A", "$A" },
	{ "$", "$" },
	{ "$$", "$" },
	{ "f000-$$VAR_A", "f000-$VAR_A" },
	{ "$(EMPTY)", "" },
	{ "$()", "$()" },
	{ "$(A)$(A)", "aa" },
	{ "", "" },
};

int main(void)
{
	scoped(strs) struct strs env = { 0 };

	env_set(&env, "A", "first");
	env_set(&env, "B", "b");
	env_set(&env, "EMPTY", "");
	env_set(&env, "A", "a");
	ok(env.len == 3 && strcmp(env.at[0], "A=a") == 0, "a name set twice has its last value, in its first place");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scoped_free char *expanded = env_expand(cases[i].text, &env);

		same(expanded, cases[i].expanded, cases[i].text);
	}
	return tap_end();
}
