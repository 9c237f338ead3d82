/*
 * remove.h -- takes a directory tree away, whatever a stranger has put into it.
 *
 * Nothing outside is ever touched: links are not followed, other file systems not entered. Depth
 * costs no stack: what lies deep is first moved up.
 */
#ifndef LG_KEEPER_REMOVE_H
#define LG_KEEPER_REMOVE_H

/* Removes `name` in the directory `parent` with all below it. Returns 0, or the first errno that
 * left something behind. */
int lg_remove_tree(int parent, const char *name);

#endif
