/* function_check.h -- what of a function can be known to fail before anybody calls it. */
#ifndef LG_FUNCTION_CHECK_H
#define LG_FUNCTION_CHECK_H

#include "config/config.h"

/* Adds what is wrong with the machine, or with who we are, for this function. */
void lg_function_check(const struct lg_config_function *function, struct lg_faults *faults);

#endif
