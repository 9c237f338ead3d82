/* options_cors.c -- the options of CORS, of an API or of a route. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define CORS(member) LG_OPTION_AT(lg_config_cors, member)

#define SCHEME "[A-Za-z][A-Za-z0-9+.-]{0,31}"
#define HOST "[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\]"

static const struct lg_shape origin_shape = {
    "\\*|https?://\\*|" SCHEME "://(\\*\\.)?(" HOST ")(:[0-9]{1,5})?",
    "an origin such as https://app.example.com or https://*.example.com, or *, https://* or "
    "http://*",
};
static const struct lg_shape method_shape = {
    "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|\\*",
    "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or *",
};
static const struct lg_shape header_shape = {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}",
    "the name of a header, or *",
};

static const struct lg_option cors_options[] = {
    { .key = "allow_origins",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      CORS(allow_origins),
      .shape = &origin_shape,
      .instead = "nothing is said of origins, and what functions say of them passes",
      .example = "[ https://app.example.com ]",
      .help = "The origins whose pages may use the API. `*` is any, `https://*` any with that "
              "scheme; `https://*.example.com` is every host below that one." },
    { .key = "allow_methods",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      CORS(allow_methods),
      .shape = &method_shape,
      .instead = "browsers allow GET, HEAD and POST",
      .example = "[ GET, POST, DELETE ]",
      .help = "The methods that may be used; `*` is any." },
    { .key = "allow_headers",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      CORS(allow_headers),
      .shape = &header_shape,
      .instead = "browsers allow a few harmless ones",
      .example = "[ authorization, content-type ]",
      .help = "The header fields that may be sent. `*` is any but authorization, which must be "
              "named." },
    { .key = "expose_headers",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      CORS(expose_headers),
      .shape = &header_shape,
      .instead = "pages can read a few harmless ones",
      .example = "[ x-request-id ]",
      .help = "The header fields of answers that pages may read; `*` is any." },
    { .key = "max_age",
      .type = LG_OPTION_DURATION,
      CORS(max_age_ms),
      .min = 0,
      .max = 86400000,
      .instead = "browsers remember it for 5 seconds",
      .example = "10m",
      .help = "How long browsers may remember what is allowed, in whole seconds." },
    { .key = "allow_credentials",
      .type = LG_OPTION_BOOL,
      CORS(allow_credentials),
      .fallback = "false",
      .help = "Whether pages may send cookies and read what comes back. The origins must be named "
              "then." },
};

static const struct lg_need cors_needs[] = {
    { "allow_methods", "allow_origins" },     { "allow_headers", "allow_origins" },
    { "expose_headers", "allow_origins" },    { "max_age", "allow_origins" },
    { "allow_credentials", "allow_origins" }, { NULL, NULL },
};

const struct lg_group lg_options_cors = {
    .name = "cors",
    .help = "What pages of other origins may do (CORS). The gateway answers preflights by itself, "
            "before any authorizer or function, and what it says replaces what functions say. Of "
            "a REST API it answers OPTIONS, and functions say the rest, as behind the console's "
            "\"Enable CORS\".",
    .size = sizeof(struct lg_config_cors),
    .where_at = offsetof(struct lg_config_cors, where),
    .options = cors_options,
    .count = LG_COUNT(cors_options),
    .needs = cors_needs,
    .rule = lg_rule_cors,
};
