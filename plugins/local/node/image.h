/* image.h: names of images, as docker and the kubelet read them. Source: github.com/distribution/reference. */
#pragma once

#include <stdbool.h>

/* "busybox" is "docker.io/library/busybox:latest". NULL: it is no name of an image. The caller frees. */
char *image_normalise(const char *name);

/* Without a registry in it: what was made on this machine under that name may be called localhost/NAME. */
bool image_is_short(const char *name);
