/* faults.c -- faults of a configuration to standard error. */
#include "faults.h"

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

void lg_complain_faults(const struct lg_faults *faults)
{
    struct lg_buf text;

    fflush(stdout);
    lg_buf_init(&text, SIZE_MAX);
    lg_faults_print(faults, &text);
    fwrite(text.data, 1, text.size, stderr);
    lg_buf_done(&text);
}
