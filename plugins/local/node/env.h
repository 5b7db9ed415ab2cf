/* env.h: $(NAME) in env values, commands and arguments. Source: k8s.io/kubernetes/third_party/forked/golang/expansion.
 */
#pragma once

struct strs;

/* text with each $(NAME) that env ("NAME=VALUE" entries) has replaced by its value; others stay
 * as they are; $$ is $. The caller frees. */
char *env_expand(const char *text, const struct strs *env);

void env_set(struct strs *env, const char *name, const char *value);    /* in place of what name was */
