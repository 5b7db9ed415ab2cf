/* clock.h: the two clocks, and Kubernetes' spellings of times and durations. */
#pragma once

#include <stdint.h>

struct err;

int64_t clock_ms(void);                 /* monotonic, milliseconds: for deadlines */
int64_t clock_now_ns(void);             /* wall clock, nanoseconds since 1970 */

/* RFC 3339 in UTC. Give strings that the caller frees. */
char *clock_format(int64_t seconds);            /* 2026-11-24T22:22:42Z: metav1.Time */
char *clock_format_now(void);                    /* the same of the wall clock */
char *clock_format_micro(int64_t nanoseconds);  /* 2026-11-24T22:22:42.123456Z: metav1.MicroTime */

/* Nanoseconds since 1970 of an RFC 3339 time with any fraction and zone. 0 or -1 (err, ERR_USAGE). */
int clock_parse(const char *text, int64_t *nanoseconds, struct err *err);

/* Go's durations (1h30m, 250ms, 1.5s) and plain numbers, which are seconds; not negative. Milliseconds.
 * 0 or -1 (err, ERR_USAGE). Source: Go's time.ParseDuration. */
int clock_parse_duration(const char *text, int64_t *ms, struct err *err);

/* An age as kubectl prints it (5s, 2m30s, 3h, 5d21h, 2y30d). The caller frees.
 * Source: k8s.io/apimachinery/pkg/util/duration, HumanDuration. */
char *clock_age(int64_t seconds);
