#include "node/backoff.h"

#include "base/clock.h"
#include "base/mem.h"

#define FIRST_MS (10 * 1000)
#define MOST_MS (5 * 60 * 1000)

static bool is_over(const struct backoff *backoff, int64_t failed_ms)
{
	return !backoff->ms || failed_ms - backoff->since_ms > 2 * MOST_MS;
}

int64_t backoff_left(const struct backoff *backoff, int64_t failed_ms)
{
	int64_t left = failed_ms + backoff->ms - clock_ms();

	return is_over(backoff, failed_ms) || left < 0 ? 0 : left;
}

void backoff_next(struct backoff *backoff, int64_t failed_ms)
{
	if (is_over(backoff, failed_ms))
		backoff->ms = FIRST_MS;
	else
		backoff->ms = backoff->ms * 2 < MOST_MS ? backoff->ms * 2 : MOST_MS;
	backoff->since_ms = clock_ms();
}

char *backoff_text(const struct backoff *backoff)
{
	int seconds = (int)(backoff->ms / 1000);

	return seconds < 60 ? mem_printf("%ds", seconds) : mem_printf("%dm%ds", seconds / 60, seconds % 60);
}
