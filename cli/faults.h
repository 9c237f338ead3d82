/* faults.h -- what is wrong with a configuration, told on standard error. */
#ifndef LG_CLI_FAULTS_H
#define LG_CLI_FAULTS_H

#include "config/fault.h"

/* Every fault is a line: FILE:LINE: PATH: found, expected. */
void lg_complain_faults(const struct lg_faults *faults);

#endif
