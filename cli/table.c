/* table.c -- cells in one growing array, row by row. */
#include "table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct lg_table {
    size_t columns;
    char **cells; /* owned; the first row is the head */
    size_t count, room;
};

struct lg_table *lg_table_new(const char *const *names, size_t columns)
{
    struct lg_table *table = LG_NEW(struct lg_table);

    assert(columns > 0 && columns <= LG_TABLE_COLUMNS_MAX);
    table->columns = columns;
    lg_table_add(table, names);
    return table;
}

void lg_table_free(struct lg_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

void lg_table_add(struct lg_table *table, const char *const *cells)
{
    if (table->count + table->columns > table->room) {
        table->room = 2 * table->room + 8 * table->columns;
        table->cells = lg_realloc(table->cells, table->room * sizeof(table->cells[0]));
    }
    for (size_t i = 0; i < table->columns; i++) {
        char *cell = lg_strdup(cells[i]);
        for (char *at = cell; *at != '\0'; at++)
            if ((unsigned char)*at < 0x20 || *at == 0x7F)
                *at = '?';
        table->cells[table->count++] = cell;
    }
}

static size_t width(const char *cell)
{
    return lg_utf8_length(lg_str_of(cell));
}

static void write_row(struct lg_buf *out, char *const *cells, const size_t *widths, size_t columns)
{
    while (columns > 1 && cells[columns - 1][0] == '\0')
        columns--;
    for (size_t i = 0; i < columns; i++) {
        lg_buf_add_cstr(out, cells[i]);
        for (size_t gap = width(cells[i]); i + 1 < columns && gap < widths[i] + 2; gap++)
            lg_buf_add_char(out, ' ');
    }
    lg_buf_add_char(out, '\n');
}

void lg_table_write(const struct lg_table *table, struct lg_buf *out)
{
    size_t widths[LG_TABLE_COLUMNS_MAX] = { 0 };

    for (size_t i = 0; i < table->count; i++) {
        size_t size = width(table->cells[i]);
        if (size > widths[i % table->columns])
            widths[i % table->columns] = size;
    }
    for (size_t i = 0; i < table->count; i += table->columns)
        write_row(out, table->cells + i, widths, table->columns);
}
