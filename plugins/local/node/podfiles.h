/* podfiles.h: what a pod has on this machine's disk, under STATE_DIR/pods/UID: emptyDir volumes, the hosts file and the
 * files of termination messages. */
#pragma once

#include <jv.h>

struct err;

/* Makes the volumes that spec names, those that are there already stay as they are. 0, or -1 with the kubelet's words
 * for its FailedMount event. */
int podfiles_setup(const char *state_dir, jv pod, struct err *err);

/* The folder or file of this machine behind a volume of pod; NULL: spec names no such volume. The caller frees. */
char *podfiles_volume(const char *state_dir, jv pod, const char *volume);

/* Writes the pod's /etc/hosts; ip NULL: not known yet. Path (the caller frees), or NULL with err. */
char *podfiles_hosts(const char *state_dir, jv pod, const char *ip, struct err *err);

/* An empty file for a container's termination message. Path (the caller frees), or NULL with err. */
char *podfiles_message(const char *state_dir, const char *uid, const char *container, unsigned attempt,
	struct err *err);

/* What was written to it, at most 4 KiB; NULL: nothing. The caller frees. */
char *podfiles_read_message(const char *state_dir, const char *uid, const char *container, unsigned attempt);

/* All of a pod's files. 0 or -1. */
int podfiles_remove(const char *state_dir, const char *uid, struct err *err);

/* The pod's host name: spec.hostname or its name, at most 63 letters. The caller frees. */
char *podfiles_hostname(jv pod);
