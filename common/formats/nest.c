#include "formats/nest.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/err.h"

/* Bytes are looked at in blocks of 64: each kind of byte becomes a word with a bit for each place it stands at, and
 * strings and escapes are found by arithmetic on the words, so a block of text costs the same whatever is in it. */
#define BLOCK ((size_t)64)

struct marks {
	uint64_t quotes, backslashes;
	uint64_t open, close;   /* { or [, } or ] */
	uint64_t control;       /* below 0x20: not allowed in a string */
	uint64_t blank;         /* 0x20 and below: white space outside strings */
};

#if defined(__SSE2__)

static inline uint64_t bits(__m128i a, __m128i b, __m128i c, __m128i d)
{
	uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
	uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;

	return low | high << 32;
}

static inline uint64_t equal(const __m128i v[4], char c)
{
	__m128i x = _mm_set1_epi8(c);

	return bits(_mm_cmpeq_epi8(v[0], x), _mm_cmpeq_epi8(v[1], x), _mm_cmpeq_epi8(v[2], x), _mm_cmpeq_epi8(v[3], x));
}

static inline uint64_t at_most(const __m128i v[4], char c)
{
	__m128i x = _mm_set1_epi8(c);

	return bits(_mm_cmpeq_epi8(_mm_min_epu8(v[0], x), v[0]), _mm_cmpeq_epi8(_mm_min_epu8(v[1], x), v[1]),
		_mm_cmpeq_epi8(_mm_min_epu8(v[2], x), v[2]), _mm_cmpeq_epi8(_mm_min_epu8(v[3], x), v[3]));
}

static inline struct marks look(const char *at)
{
	__m128i v[4], lower[4], x20 = _mm_set1_epi8(0x20);

#pragma GCC unroll 4    /* -O2 keeps v in memory otherwise, a third slower over all */
	for (int i = 0; i < 4; i++) {
		v[i] = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
		lower[i] = _mm_or_si128(v[i], x20);     /* makes [ and {, and ] and }, the same */
	}
	return (struct marks){
		.quotes = equal(v, '"'),
		.backslashes = equal(v, '\\'),
		.open = equal(lower, '{'),
		.close = equal(lower, '}'),
		.control = at_most(v, 0x1f),
		.blank = at_most(v, 0x20),
	};
}

#else

/* Eight bytes in a word: each byte's top bit says yes or no, and a multiplication gathers the eight. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t zeros(uint64_t word)
{
	return ~(((word & EACH(0x7f)) + EACH(0x7f)) | word | EACH(0x7f));
}

static inline uint64_t gather(uint64_t tops, int i)
{
	return ((tops >> 7) * UINT64_C(0x0102040810204080) >> 56) << 8 * i;
}

static inline struct marks look(const char *at)
{
	struct marks marks = { 0 };

	for (int i = 0; i < 8; i++) {
		uint64_t word, lower, control;

		memcpy(&word, at + 8 * i, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word);
#endif
		lower = word | EACH(0x20);      /* makes [ and {, and ] and }, the same */
		control = zeros(word & EACH(0xe0));
		marks.quotes |= gather(zeros(word ^ EACH('"')), i);
		marks.backslashes |= gather(zeros(word ^ EACH('\\')), i);
		marks.open |= gather(zeros(lower ^ EACH('{')), i);
		marks.close |= gather(zeros(lower ^ EACH('}')), i);
		marks.control |= gather(control, i);
		marks.blank |= gather(control | zeros(word ^ EACH(0x20)), i);
	}
	return marks;
}

#endif

/* Bit i becomes the sum of bits 0 to i: what lies between two quotes is 1, the first quote too, the second not. */
static inline uint64_t between(uint64_t quotes)
{
#pragma GCC unroll 6
	for (int shift = 1; shift < 64; shift *= 2)
		quotes ^= quotes << shift;
	return quotes;
}

/* The places behind a backslash that is not itself escaped. A run of backslashes that begins at an odd place is carried
 * by the addition to its end, which tells whether its length is even. */
static inline uint64_t find_escaped(struct nest *nest, uint64_t backslashes, size_t len)
{
	const uint64_t even = 0x5555555555555555;
	uint64_t behind, odd_starts, sum, escaped;
	bool carry;

	if (!backslashes && !nest->escaped)
		return 0;
	backslashes &= ~(uint64_t)nest->escaped;
	behind = backslashes << 1 | nest->escaped;
	odd_starts = backslashes & ~even & ~behind;
	carry = __builtin_add_overflow(odd_starts, backslashes, &sum);
	escaped = (even ^ sum << 1) & behind;
	nest->escaped = len < BLOCK ? escaped >> len & 1 : carry;
	return escaped;
}

static inline void push(struct nest *nest, bool array)
{
	uint64_t bit = (uint64_t)1 << nest->depth % 64;
	uint64_t *word = &nest->arrays[nest->depth / 64];

	*word = array ? *word | bit : *word & ~bit;
	nest->depth++;
}

/* Whether the bracket that is open is an array; it is closed. */
static inline bool pop(struct nest *nest)
{
	nest->depth--;
	return nest->arrays[nest->depth / 64] >> nest->depth % 64 & 1;
}

struct fault {
	size_t at;              /* in the block; BLOCK: there is none */
	const char *what;
};

/* Opens and closes what the marked brackets say. The number of bytes up to the end of the value, or len. */
static inline size_t follow(struct nest *nest, const char *at, uint64_t brackets, uint64_t open, size_t len,
	struct fault *fault)
{
	for (; brackets; brackets &= brackets - 1) {
		size_t i = (size_t)__builtin_ctzll(brackets);
		bool array = at[i] == '[' || at[i] == ']';

		if (open >> i & 1) {
			if (nest->depth == NEST_MAX_DEPTH) {
				*fault = (struct fault){ i, "nested deeper than 10000" };
				return i;
			}
			push(nest, array);
			continue;
		}
		if (pop(nest) != array) {
			*fault = (struct fault){ i, array ? "a ] closes an object" : "a } closes an array" };
			return i;
		}
		if (!nest->depth)
			return i + 1;
	}
	return len;
}

/* Eats at most len of a block that has BLOCK readable bytes. */
static inline size_t eat_block(struct nest *nest, const char *at, size_t len, struct fault *fault)
{
	struct marks marks = look(at);
	uint64_t valid = ~(uint64_t)0 >> (BLOCK - len);
	uint64_t escaped = find_escaped(nest, marks.backslashes & valid, len);
	uint64_t inside = between(marks.quotes & valid & ~escaped) ^ (nest->in_string ? ~(uint64_t)0 : 0);
	uint64_t bad, open = marks.open & ~inside & valid, close = marks.close & ~inside & valid;
	size_t eaten;

	eaten = follow(nest, at, open | close, open, len, fault);
	valid = eaten ? ~(uint64_t)0 >> (BLOCK - eaten) : 0;
	bad = ((marks.control & inside) | (marks.backslashes & ~inside)) & valid;
	if (__builtin_expect(bad != 0, 0)) {
		fault->at = (size_t)__builtin_ctzll(bad);
		fault->what =
			at[fault->at] == '\\' ? "a backslash outside a string" : "a control character in a string";
	}
	nest->spaced |= (marks.blank & ~inside & valid) != 0;
	nest->in_string = inside >> (len - 1) & 1;
	return eaten;
}

ssize_t nest_eat(struct nest *nest, const char *at, size_t len, size_t offset, bool *done, struct err *err)
{
	struct fault fault = { BLOCK, NULL };
	char last[BLOCK];
	size_t eaten = 0;

	*done = false;
	while (eaten < len && !*done) {
		size_t now = len - eaten < BLOCK ? len - eaten : BLOCK;
		const char *block = at + eaten;

		if (now < BLOCK) {
			memset(last, ' ', sizeof last);
			block = memcpy(last, block, now);
		}
		now = eat_block(nest, block, now, &fault);
		if (fault.what)
			return err_set(err, ERR_FAILED, NULL, "malformed JSON at byte %zu: %s",
				offset + eaten + fault.at, fault.what);
		eaten += now;
		*done = !nest->depth;
	}
	return (ssize_t)eaten;
}

void nest_next(struct nest *nest)
{
	nest->depth = 0;
	nest->in_string = nest->escaped = nest->spaced = false;
}
