/* source.h: objects from stdin, files, folders and URLs, one after the other, as they arrive: JSON in any layout
 * (lines, indented, wrapped in events, Lists, which are taken apart) and YAML of many documents. */
#pragma once

#include "base/buf.h"
#include "base/strs.h"
#include "formats/items.h"
#include "formats/lines.h"

struct err;
struct loop;
struct yamls;

/* Zero is empty: no objects. */
struct source {
	struct loop *loop;              /* turned while stdin has nothing, so that what is under way goes on; lent */
	struct strs names;              /* what is to be read: FILE, URL, "-" */
	size_t next;                    /* of names: the one after this */
	const char *name;               /* this one, as it is named in errors; NULL: none is open */
	int fd;
	bool ended;                     /* fd has no more */
	bool failed;                    /* what comes after cannot be read */
	struct buf bytes;               /* read, and lent to lines or yaml */
	struct lines lines;
	struct yamls *yaml;              /* in place of lines */
	struct buf document;            /* yaml's last one, as JSON */
	struct items items;             /* of the List that is being taken apart */
	bool in_list;
	struct buf item;                /* its last one */
};

/* Adds FILE, URL or "-"; a folder adds its *.json, *.yaml and *.yml in the order of their names (those of folders in it
 * too where deep). 0 or -1. */
int source_add(struct source *source, const char *name, bool deep, struct err *err);

/* 1: the next object's bytes, borrowed until the next call; 0: no more; -1: err says where it is wrong, and the next
 * call goes on with what comes after as far as that can be read. */
int source_next(struct source *source, struct slice *object, struct err *err);
void source_release(struct source *source);
