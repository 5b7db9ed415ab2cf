/* kubeconfig: any file loads or is refused with a reason, and never breaks its reader. */
#include "reach/kubeconfig.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(kubeconfig) struct kubeconfig config = { 0 };
	scoped(strs) struct strs names = { 0 };
	scoped(err) struct err err = { 0 };
	scoped_fd int fd = memfd_create("kubeconfig", MFD_CLOEXEC);
	char path[64];
	struct kubeconfig_options options = { .path = path };

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (kubeconfig_load(&options, &config, &err) < 0 && (!err.class || !err.text))
		abort();
	kubeconfig_contexts(&options, &names, NULL);
	return 0;
}
