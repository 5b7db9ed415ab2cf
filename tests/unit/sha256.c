/* SHA-256: FIPS 180-4's examples, and every length around a block's in pieces. */
#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static char *hash(const char *at, size_t len, size_t piece)
{
	struct sha256 sha;

	sha256_init(&sha);
	for (size_t i = 0; i < len; i += piece)
		sha256_add(&sha, at + i, len - i < piece ? len - i : piece);
	return sha256_hex(&sha);
}

static void hashes(const char *text, const char *wanted)
{
	char *got = hash(text, strlen(text), 1000);

	same(got, wanted, text);
	free(got);
}

int main(void)
{
	static char as[1000000];
	char *million;
	int differ = 0;

	hashes("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hashes("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hashes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(as, 'a', sizeof as);
	million = hash(as, sizeof as, sizeof as);
	same(million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "a million times a");
	free(million);
	for (size_t len = 50; len < 200; len++) {
		char *whole = hash(as, len, len), *pieces = hash(as, len, 7);

		differ += strcmp(whole, pieces) != 0;
		free(whole);
		free(pieces);
	}
	ok(!differ, "in pieces as in one");
	return tap_end();
}
