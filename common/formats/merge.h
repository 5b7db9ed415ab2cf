/* merge.h: JSON merge patch. Source: RFC 7386. */
#pragma once

#include <jv.h>

/* target with patch put over it, owned; both are lent. null removes a key, lists are replaced. */
jv merge_patch(jv target, jv patch);
