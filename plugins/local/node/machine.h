/* machine.h: what this machine is and has, for the Node object. */
#pragma once

#include <jv.h>
#include <stdbool.h>

jv machine_info(const char *runtime_version);           /* status.nodeInfo; owned */
jv machine_capacity(const char *dir, unsigned pods);    /* status.capacity; dir: where pods' files lie */
jv machine_allocatable(const char *dir, unsigned pods);
const char *machine_arch(void);                         /* as Go names it: "amd64" */
char *machine_ip(void);                                 /* the address that others reach it by; the caller frees */

/* Below what the kubelet calls pressure. */
bool machine_lacks_memory(void);
bool machine_lacks_disk(const char *dir);
