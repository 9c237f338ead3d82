/*
 * table.h -- rows of text in columns as wide as their widest cell.
 */
#ifndef LG_CLI_TABLE_H
#define LG_CLI_TABLE_H

#include <stddef.h>

#include "base/buf.h"

#define LG_TABLE_COLUMNS_MAX 8

struct lg_table;

/* `names`: the head, `columns` of them. */
struct lg_table *lg_table_new(const char *const *names, size_t columns);
void lg_table_free(struct lg_table *table);
/* Copies one cell a column. */
void lg_table_add(struct lg_table *table, const char *const *cells);
/* Two blanks between columns, none at the end of a line; control characters become `?`. */
void lg_table_write(const struct lg_table *table, struct lg_buf *out);

#endif
