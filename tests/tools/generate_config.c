/* generate_config.c -- writes one of the generated texts: schema, manual or example. */
#include <stdio.h>

#include "config/generate.h"

int main(int argc, char **argv)
{
    struct lg_buf text;
    int status = 2;

    lg_buf_init(&text, SIZE_MAX);
    if (argc != 2 || !lg_generate(argv[1], &text))
        fprintf(stderr, "usage: generate_config schema|manual|example\n");
    else
        status = fwrite(text.data, 1, text.size, stdout) == text.size ? 0 : 1;
    lg_buf_done(&text);
    return status;
}
