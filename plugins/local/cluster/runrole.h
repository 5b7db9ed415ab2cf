/* runrole.h: klocal as one of its own roles: the minder, started by `up`, and the others, started by the minder. */
#pragma once

/* argv: the role's name and what it needs. The exit status. */
int runrole(int argc, const char *const *argv);
