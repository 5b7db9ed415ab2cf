/* report.h: what a pod's agent writes to the API: its status, when it has changed, and the end of its deletion. */
#pragma once

#include <stdbool.h>

struct pod;

void report(struct pod *pod);                   /* works the status out anew, unless it is final, and writes it */
bool report_is_done(struct pod *pod);           /* the API has the status */
void report_delete(struct pod *pod);            /* the last step of a deletion */
