/* sha256.h: SHA-256 (FIPS 180-4). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
	uint32_t state[8];
	uint64_t len;                   /* bytes that came */
	unsigned char block[64];        /* the last, which is not yet whole */
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *at, size_t len);
char *sha256_hex(struct sha256 *sha);   /* ends it; the caller frees */
