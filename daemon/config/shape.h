/* shape.h -- whether a text has the shape that an option asks for. */
#ifndef LG_CONFIG_SHAPE_H
#define LG_CONFIG_SHAPE_H

#include <stdbool.h>

#include "config/options.h"

/* The pattern is compiled on every call: this is for loading, not for requests. */
bool lg_shape_fits(const struct lg_shape *shape, const char *text);

#endif
