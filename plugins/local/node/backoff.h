/* backoff.h: how long to wait before something that failed is tried again: 10 s, doubled with each failure up to 5
 * minutes, forgotten after 10 minutes without one. Source: k8s.io/client-go/util/flowcontrol/backoff.go as the kubelet
 * uses it (pkg/kubelet/kuberuntime, doBackOff; pkg/kubelet/images). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct backoff {
	int64_t ms;             /* 0: nothing failed yet */
	int64_t since_ms;       /* clock_ms() of when ms was set */
};

/* How long from now until it may be tried again, after a failure at failed_ms (clock_ms()); 0: at once. */
int64_t backoff_left(const struct backoff *backoff, int64_t failed_ms);

/* It is tried again after a failure at failed_ms: the next wait is longer. */
void backoff_next(struct backoff *backoff, int64_t failed_ms);

char *backoff_text(const struct backoff *backoff);      /* the wait as Go prints it, "1m20s"; the caller frees */
