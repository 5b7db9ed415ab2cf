/* mem.h: memory that is there or the process is not: running out ends it with one line and status 1. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

_Noreturn void mem_exhausted(void);                       /* for libraries that tell it by failing */
void *mem_alloc(size_t size);                             /* zeroed; the caller frees */
void *mem_array(size_t count, size_t size);               /* zeroed; count * size is checked */
void *mem_grow(void *old, size_t count, size_t size);     /* takes old; new bytes are not zeroed */
char *mem_dup(const char *text);                          /* NULL for NULL */
char *mem_dup_n(const char *at, size_t len);              /* len bytes and a NUL */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
