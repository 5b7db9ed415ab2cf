#include "node/backoff.h"

#include "base/clock.h"
#include "base/scoped.h"
#include "tap.h"

int main(void)
{
	static const char *const waits[] = { "10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s" };
	struct backoff backoff = { 0 };
	int64_t now = clock_ms();

	ok(backoff_left(&backoff, now) == 0, "the first failure is made good at once");
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		scoped_free char *text = NULL;

		backoff_next(&backoff, clock_ms());
		text = backoff_text(&backoff);
		same(text, waits[i], "each wait is twice the one before, up to 5 minutes");
	}
	ok(backoff_left(&backoff, now) > 290000, "that long it is held back");
	ok(backoff_left(&backoff, now - 301000) == 0, "after it no more");
	backoff.since_ms -= 11 * 60 * 1000;
	ok(backoff_left(&backoff, now) == 0, "ten minutes of health, and it is forgotten");
	backoff_next(&backoff, now);
	ok(backoff.ms == 10000, "and begins anew");
	return tap_end();
}
