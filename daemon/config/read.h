/* read.h -- one value of the configuration: its text, held against its option, put in its field. */
#ifndef LG_CONFIG_READ_H
#define LG_CONFIG_READ_H

#include "base/arena.h"
#include "base/map.h"
#include "config/config.h"
#include "config/node.h"
#include "config/options.h"

/* What every value needs while a tree is read. */
struct lg_reading {
    struct lg_arena *arena;
    struct lg_faults *faults;
    const struct lg_config *config; /* its functions are read before the routes that name them */
    const struct lg_node *root;
    const char *folder;       /* absolute */
    struct lg_map *functions; /* by name; made on first use, owned */
    size_t faults_before;
};

/* Whether there are so many faults that looking for more helps nobody. */
bool lg_reading_enough(const struct lg_reading *reading);

/* Adds "found X, expected Y" with what the option takes. */
void lg_reading_mismatch(struct lg_reading *reading, const struct lg_option *option,
                         const struct lg_node *node);

/* Reads a value that is neither a group nor a map into `field`; adds faults. */
void lg_read(struct lg_reading *reading, const struct lg_option *option, const struct lg_node *node,
             void *field);

#endif
