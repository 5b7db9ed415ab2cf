/* scoped.h: locals release themselves at the end of their block; the one way in which podline gives things back. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

/* A value: scoped(buf) struct buf b = {0}; calls buf_release(&b). */
#define scoped(name) __attribute__((cleanup(name##_release)))

/* A pointer to the heap: scoped_free char *s; calls free(s). */
#define scoped_free __attribute__((cleanup(scoped_free_at)))

/* A heap struct with an x_free(): scoped_ptr(loop) struct loop *l; its header says SCOPED_PTR(loop).
 * unused: clang does not count that it is given back as a use. */
#define scoped_ptr(name) __attribute__((cleanup(name##_free_at), unused))
#define SCOPED_PTR(name)                                                                                               \
	static inline void name##_free_at(struct name **at)                                                           \
	{                                                                                                              \
		name##_free(*at);                                                                                      \
	}

/* A descriptor, -1 for none: scoped_fd int fd = -1; */
#define scoped_fd __attribute__((cleanup(scoped_fd_at)))

/* Moves a pointer in plain sight: other = steal(mine) leaves mine NULL. */
#define steal(pointer)                                                                                                 \
	({                                                                                                             \
		__typeof__(pointer) stolen_ = (pointer);                                                               \
		(pointer) = NULL;                                                                                      \
		stolen_;                                                                                               \
	})

/* The same for a descriptor. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

static inline void scoped_free_at(void *at)
{
	free(*(void **)at);
}

static inline void scoped_fd_at(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
