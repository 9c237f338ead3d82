/* parse.h -- configurations from texts, and what is said about bad ones. */
#ifndef LG_TEST_CONFIG_PARSE_H
#define LG_TEST_CONFIG_PARSE_H

#include <criterion/criterion.h>

#include "config/config.h"

/* The file every text is said to stand in: its folder is absolute and need not exist. */
#define PARSE_FILE "/etc/lambdagate/t.yaml"

/* The configuration that `text` makes, without any fault. Free it with lg_config_free(). */
struct lg_config *parse_good(const char *text);

/*
 * All faults of `text`, each without the folder of the file and ended by LF. The string is valid
 * until the next call.
 */
const char *parse_faults(const char *text);

/* `text` has exactly this one fault: "t.yaml:3: path: found X, expected Y". */
#define ONE_FAULT(text, fault) cr_assert_str_eq(parse_faults(text), fault "\n")

/* Parts of good configurations that tests build on. */
#define WORKERS "    workers: { runtime: python3, handler: app.f }\n"
#define FUNCTION "functions:\n  f:\n" WORKERS

#endif
