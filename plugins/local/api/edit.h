/* edit.h: changes deep inside an object, in place: the parent lets go of a child while it is changed, so that nothing
 * is copied. */
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

bool edit_has(jv object, const char *key);

/* The child is taken out for the time of the edit and put back. Nothing happens where there is none (or no object, or
 * no list). */
void edit_object(jv *object, const char *key, void (*edit)(jv *child));
void edit_items(jv *object, const char *key, void (*edit)(jv *item));

/* The same by hand: null stands in its place until jvs_put() or edit_put_item() gives it back. */
jv edit_take(jv *object, const char *key); /* null where it is none */
jv edit_take_item(jv *list, int index);
void edit_put_item(jv *list, int index, jv item); /* takes item */

/* Sets the field where it is not there. */
void edit_default(jv *object, const char *key, jv value); /* takes value */
void edit_default_text(jv *object, const char *key, const char *text);
void edit_default_int(jv *object, const char *key, int64_t number);
