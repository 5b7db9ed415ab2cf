#include "base/base64.h"

#include <ctype.h>
#include <stdint.h>

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int base64_decode(struct slice text, struct buf *to)
{
	uint32_t bits = 0;
	size_t count = 0, padding = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (isspace((unsigned char)c))
			continue;
		if (c == '=') {
			padding++;
			continue;
		}
		if (padding || digit(c) < 0)
			return -1;
		bits = bits << 6 | (uint32_t)digit(c);
		if (++count % 4 == 0) {
			const char bytes[] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };

			buf_add(to, bytes, sizeof bytes);
		}
	}
	if ((count + padding) % 4 || count % 4 == 1 || padding > 2)
		return -1;
	if (count % 4 == 2) {
		buf_add_char(to, (char)(bits >> 4));
	} else if (count % 4 == 3) {
		buf_add_char(to, (char)(bits >> 10));
		buf_add_char(to, (char)(bits >> 2));
	}
	return 0;
}

void base64_encode(struct slice bytes, struct buf *to)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		unsigned group = (unsigned)(unsigned char)bytes.at[i] << 16;

		if (left > 1)
			group |= (unsigned)(unsigned char)bytes.at[i + 1] << 8;
		if (left > 2)
			group |= (unsigned char)bytes.at[i + 2];
		buf_add_char(to, letters[group >> 18]);
		buf_add_char(to, letters[group >> 12 & 63]);
		buf_add_char(to, left > 1 ? letters[group >> 6 & 63] : '=');
		buf_add_char(to, left > 2 ? letters[group & 63] : '=');
	}
}
