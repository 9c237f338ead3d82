/* test_faults.c -- every message that the check of options can give, a test for each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "config/check.h"
#include "parse.h"

/* --- keys ------------------------------------------------------------------------------------- */

Test(faults, an_unknown_key_with_a_near_one)
{
    ONE_FAULT("functions:\n  f:\n    timout: 1s\n" WORKERS,
              "t.yaml:3: functions.f.timout: found an unknown key, expected timeout, queue_wait, "
              "queue, concurrency, memory, invoke_mode, environment, credentials, logging, user, "
              "workers, redis, ..., did you mean "
              "\"timeout\"?");
}

Test(faults, a_user_that_the_machine_does_not_know)
{
    ONE_FAULT(
        "functions:\n  f:\n    user: no-such-user-here\n" WORKERS,
        "t.yaml:3: functions.f.user: found \"no-such-user-here\", which this machine does not "
        "know, expected a user");
}

Test(faults, credentials_of_no_known_kind)
{
    ONE_FAULT("functions:\n  f:\n    credentials: all\n" WORKERS,
              "t.yaml:3: functions.f.credentials: found \"all\", expected none or a mapping");
    ONE_FAULT(
        "functions:\n  f:\n    credentials: { from: gcp }\n" WORKERS,
        "t.yaml:3: functions.f.credentials.from: found \"gcp\", expected environment or aws or a "
        "mapping");
    ONE_FAULT("functions:\n  f:\n    credentials: {}\n" WORKERS,
              "t.yaml:3: functions.f.credentials: found no \"from\", expected it here");
}

Test(faults, credentials_of_two_kinds_or_half_of_one)
{
    ONE_FAULT("functions:\n  f:\n    credentials:\n      from: { access_key_id: "
              "AKIAIOSFODNN7EXAMPLE }\n" WORKERS,
              "t.yaml:4: functions.f.credentials.from.access_key_id: found without "
              "\"secret_access_key_file\", expected the two together");
    ONE_FAULT(
        "functions:\n  f:\n    credentials:\n      from: { file: a, access_key_id: "
        "AKIAIOSFODNN7EXAMPLE, secret_access_key_file: b }\n" WORKERS,
        "t.yaml:4: functions.f.credentials.from.access_key_id: found beside \"file\", expected "
        "only one of them");
}

Test(faults, with_credentials_the_names_of_their_endpoint_are_taken)
{
    ONE_FAULT("functions:\n  f:\n    credentials: { from: environment }\n    environment: { "
              "AWS_CONTAINER_CREDENTIALS_FULL_URI: x }\n" WORKERS,
              "t.yaml:4: functions.f.environment.AWS_CONTAINER_CREDENTIALS_FULL_URI: found a name "
              "that belongs to \"credentials\", expected another");
}

Test(faults, an_unknown_key_without_a_near_one)
{
    ONE_FAULT("log:\n  colour: red\n",
              "t.yaml:2: log.colour: found an unknown key, expected level, format or access");
}

Test(faults, an_unknown_key_among_many)
{
    ONE_FAULT("zzz: 1\n", "t.yaml:1: zzz: found an unknown key, expected listen, admin, "
                          "admin_mode, invoke_auth, loops, stage, stage_variables, account_id, "
                          "region, api_id, log, limits, ...");
}

Test(faults, a_missing_key)
{
    ONE_FAULT("functions:\n  f: { timeout: 1s }\n",
              "t.yaml:2: functions.f: found none of the keys, expected workers, redis or lambda");
}

Test(faults, the_whole_file_is_no_mapping)
{
    ONE_FAULT("- listen\n", "t.yaml:1: found a list, expected a mapping");
}

Test(faults, a_group_is_no_mapping)
{
    ONE_FAULT("log: debug\n", "t.yaml:1: log: found \"debug\", expected a mapping");
}

Test(faults, a_map_is_no_mapping)
{
    ONE_FAULT("routes: [1]\n", "t.yaml:1: routes: found a list, expected a mapping");
}

Test(faults, an_entry_of_a_map_is_no_mapping)
{
    ONE_FAULT("routes:\n  GET /x: f\n",
              "t.yaml:2: routes.\"GET /x\": found \"f\", expected a mapping");
}

/* --- types ------------------------------------------------------------------------------------ */

Test(faults, a_string_is_a_list)
{
    ONE_FAULT("api_id: [a]\n",
              "t.yaml:1: api_id: found a list, expected up to 64 letters, digits and -");
}

Test(faults, a_string_is_nothing)
{
    ONE_FAULT("region:\n", "t.yaml:1: region: found nothing, expected a region such as eu-west-1");
}

Test(faults, a_region_is_none)
{
    ONE_FAULT("region: Europe\n",
              "t.yaml:1: region: found \"Europe\", expected a region such as eu-west-1");
}

Test(faults, a_stage_has_other_characters)
{
    ONE_FAULT("stage: a/b\n", "t.yaml:1: stage: found \"a/b\", expected $default, or up to 128 "
                              "letters, digits, - and _");
}

Test(faults, a_stage_ends_with_a_line_feed)
{
    ONE_FAULT("stage: \"prod\\n\"\n", "t.yaml:1: stage: found \"prod?\", expected $default, or up "
                                      "to 128 letters, digits, - and _");
}

Test(faults, an_account_is_too_short)
{
    ONE_FAULT("account_id: 12345678901\n",
              "t.yaml:1: account_id: found 12345678901, expected 12 digits");
}

Test(faults, an_enum_is_near_a_choice)
{
    ONE_FAULT("log: { level: debgu }\n", "t.yaml:1: log.level: found \"debgu\", expected debug, "
                                         "info, warn or error, did you mean \"debug\"?");
}

Test(faults, an_enum_is_near_no_choice)
{
    ONE_FAULT("log: { format: xml }\n",
              "t.yaml:1: log.format: found \"xml\", expected text or json");
}

Test(faults, an_enum_is_a_mapping)
{
    ONE_FAULT("log: { format: {} }\n",
              "t.yaml:1: log.format: found a mapping, expected text or json");
}

Test(faults, invoke_auth_is_unknown)
{
    ONE_FAULT("invoke_auth: token\n", "t.yaml:1: invoke_auth: found \"token\", expected none");
}

Test(faults, a_boolean_is_a_word)
{
    ONE_FAULT("log: { access: yes }\n",
              "t.yaml:1: log.access: found \"yes\", expected true or false");
}

Test(faults, a_boolean_is_in_quotes)
{
    ONE_FAULT("log: { access: \"true\" }\n",
              "t.yaml:1: log.access: found \"true\", expected true or false");
}

Test(faults, an_integer_is_a_word)
{
    ONE_FAULT("limits: { headers: many }\n",
              "t.yaml:1: limits.headers: found \"many\", expected a whole number from 1 to 1000");
}

Test(faults, an_integer_is_too_small)
{
    ONE_FAULT("limits: { headers: 0 }\n",
              "t.yaml:1: limits.headers: found 0, expected a whole number from 1 to 1000");
}

Test(faults, an_integer_is_too_large)
{
    ONE_FAULT("limits: { headers: 1001 }\n",
              "t.yaml:1: limits.headers: found 1001, expected a whole number from 1 to 1000");
}

Test(faults, an_integer_is_in_quotes)
{
    ONE_FAULT("limits: { headers: '10' }\n",
              "t.yaml:1: limits.headers: found \"10\", expected the number without quotes");
}

Test(faults, an_integer_is_nothing)
{
    ONE_FAULT("limits:\n  headers:\n",
              "t.yaml:2: limits.headers: found nothing, expected a whole number from 1 to 1000");
}

Test(faults, an_integer_with_words_names_them)
{
    ONE_FAULT("loops: 65\n",
              "t.yaml:1: loops: found 65, expected auto or a whole number from 1 to 64");
}

Test(faults, a_duration_has_no_unit)
{
    ONE_FAULT("drain_timeout: 10\n", "t.yaml:1: drain_timeout: found 10, expected a duration with "
                                     "its unit: ms, s, m or h");
}

Test(faults, a_duration_has_an_unknown_unit)
{
    ONE_FAULT("functions:\n  f:\n    timeout: 10 parsecs\n" WORKERS,
              "t.yaml:3: functions.f.timeout: found \"10 parsecs\", expected a duration from 1ms "
              "to 15m, such as 500ms or 10s");
}

Test(faults, a_duration_is_too_long)
{
    ONE_FAULT("functions:\n  f:\n    timeout: 901s\n" WORKERS,
              "t.yaml:3: functions.f.timeout: found \"901s\", expected a duration from 1ms to 15m, "
              "such as 500ms or 10s");
}

Test(faults, a_route_s_timeout_is_too_short)
{
    ONE_FAULT("routes:\n  GET /x: { respond: {}, timeout: 49ms }\n",
              "t.yaml:2: routes.\"GET /x\".timeout: found \"49ms\", expected a duration from 50ms "
              "to 15m, such as 500ms or 10s");
}

Test(faults, a_size_has_an_unknown_unit)
{
    ONE_FAULT("limits: { body: 10M }\n", "t.yaml:1: limits.body: found \"10M\", expected a size "
                                         "from 1B to 1GB, such as 512KB or 6MB");
}

Test(faults, a_size_is_too_small)
{
    ONE_FAULT("limits: { header_bytes: 1023 }\n",
              "t.yaml:1: limits.header_bytes: found 1023, expected a size from 1KB to 256KB, such "
              "as 512KB or 6MB");
}

Test(faults, a_mode_is_not_octal)
{
    ONE_FAULT("admin_mode: 0680\n",
              "t.yaml:1: admin_mode: found 0680, expected permissions in octal, such as 0660");
}

Test(faults, an_address_is_only_a_port)
{
    ONE_FAULT("listen: :8080\n", "t.yaml:1: listen: found \":8080\", expected an address before "
                                 "the port: 127.0.0.1:PORT for this machine only, 0.0.0.0:PORT or "
                                 "[::]:PORT for every one");
}

Test(faults, an_address_is_a_number)
{
    ONE_FAULT("listen: 8080\n", "t.yaml:1: listen: found 8080, expected an address before the "
                                "port: 127.0.0.1:PORT for this machine only, 0.0.0.0:PORT or "
                                "[::]:PORT for every one");
}

Test(faults, an_address_is_a_list)
{
    ONE_FAULT("listen: []\n", "t.yaml:1: listen: found a list, expected an address such as "
                              "127.0.0.1:8080, [::1]:8080 or /run/name.sock");
}

Test(faults, a_path_is_empty)
{
    ONE_FAULT(FUNCTION "routes:\n  GET /x: { function: f, body: '' }\n",
              "t.yaml:5: routes.\"GET /x\".body: found \"\", an unknown model, expected a file "
              "such as schemas/item.json");
}

Test(faults, a_command_is_no_list)
{
    ONE_FAULT("functions:\n  f:\n    workers: { command: ./bootstrap }\n",
              "t.yaml:3: functions.f.workers.command: found \"./bootstrap\", expected a list of "
              "strings, such as [a, b]");
}

Test(faults, a_command_is_empty)
{
    ONE_FAULT("functions:\n  f:\n    workers: { command: [] }\n",
              "t.yaml:3: functions.f.workers.command: found a list, expected a list of strings, "
              "such as [a, b]");
}

Test(faults, an_argument_is_a_list)
{
    ONE_FAULT("functions:\n  f:\n    workers:\n      command:\n      - a\n      - [b]\n",
              "t.yaml:6: functions.f.workers.command[1]: found a list, expected a string");
}

Test(faults, pairs_are_no_mapping)
{
    ONE_FAULT("stage_variables: [a]\n",
              "t.yaml:1: stage_variables: found a list, expected a mapping of names to strings");
}

Test(faults, the_value_of_a_pair_is_nothing)
{
    ONE_FAULT("stage_variables:\n  a:\n",
              "t.yaml:2: stage_variables.a: found nothing, expected a string");
}

Test(faults, the_name_of_a_stage_variable_is_none)
{
    ONE_FAULT("stage_variables:\n  a-b: x\n",
              "t.yaml:2: stage_variables.a-b: found the name \"a-b\", expected up to 64 letters, "
              "digits and _");
}

Test(faults, the_value_of_a_stage_variable_is_none)
{
    ONE_FAULT("stage_variables:\n  a: b c\n",
              "t.yaml:2: stage_variables.a: found \"b c\", expected up to 512 of letters, digits "
              "and -._~:/?#&=, as in a URL");
}

Test(faults, json_has_no_such_number)
{
    ONE_FAULT("routes:\n  GET /x:\n    respond:\n      json:\n        a:\n        - .inf\n",
              "t.yaml:6: routes.\"GET /x\".respond.json.a[0]: found .inf, expected any value that "
              "JSON knows");
}

Test(faults, a_variable_is_not_set)
{
    unsetenv("LG_TEST_UNSET");
    ONE_FAULT("region: ${LG_TEST_UNSET}\n",
              "t.yaml:1: region: found ${LG_TEST_UNSET}, which is not set, expected it in the "
              "environment or a default: ${LG_TEST_UNSET:-...}");
}

/* --- the address of the operator -------------------------------------------------------------- */

Test(faults, admin_on_tcp_without_invoke_auth)
{
    ONE_FAULT("listen: 127.0.0.1:1\nadmin: 127.0.0.1:2\n",
              "t.yaml:2: admin: found a TCP address without \"invoke_auth\", expected "
              "\"invoke_auth: none\" beside it, which lets everybody on this machine invoke "
              "functions");
}

Test(faults, admin_in_reach_of_others)
{
    ONE_FAULT("invoke_auth: none\nadmin: 0.0.0.0:2\n",
              "t.yaml:2: admin: found an address that others can reach, with \"invoke_auth: "
              "none\", expected a loopback address such as 127.0.0.1:8081, or a unix socket");
}

Test(faults, admin_by_a_name_may_be_in_reach_of_others)
{
    ONE_FAULT("invoke_auth: none\nadmin: gateway:2\n",
              "t.yaml:2: admin: found an address that others can reach, with \"invoke_auth: "
              "none\", expected a loopback address such as 127.0.0.1:8081, or a unix socket");
}

Test(faults, admin_where_clients_go)
{
    ONE_FAULT("listen: 127.0.0.1:2\nadmin: 127.0.0.1:2\ninvoke_auth: none\n",
              "t.yaml:2: admin: found the address of \"listen\", expected one of its own");
}

Test(faults, admin_on_the_socket_of_clients)
{
    ONE_FAULT("listen: /run/x\nadmin: /run/x\n",
              "t.yaml:2: admin: found the address of \"listen\", expected one of its own");
}

/* --- functions -------------------------------------------------------------------------------- */

Test(faults, a_function_has_no_lambda_name)
{
    ONE_FAULT("functions:\n  a.b:\n" WORKERS,
              "t.yaml:2: functions.\"a.b\": found the name \"a.b\", expected up to 64 letters, "
              "digits, - and _");
}

Test(faults, workers_without_anything_to_run)
{
    ONE_FAULT("functions:\n  f:\n    workers: { max: 1 }\n",
              "t.yaml:3: functions.f.workers: found none of the keys, expected runtime or command");
}

Test(faults, workers_with_two_things_to_run)
{
    ONE_FAULT("functions:\n  f:\n    workers:\n      runtime: python3\n      handler: app.f\n"
              "      command: [x]\n",
              "t.yaml:6: functions.f.workers.command: found beside \"runtime\", expected only one "
              "of them");
}

Test(faults, a_runtime_without_a_handler)
{
    ONE_FAULT("functions:\n  f:\n    workers: { runtime: nodejs }\n",
              "t.yaml:3: functions.f.workers.runtime: found without \"handler\", expected the two "
              "together");
}

Test(faults, an_unknown_runtime)
{
    ONE_FAULT("functions:\n  f:\n    workers: { runtime: python, handler: a.b }\n",
              "t.yaml:3: functions.f.workers.runtime: found \"python\", an unknown runtime, "
              "expected python3 or nodejs, did you mean \"python3\"?");
}

Test(faults, a_handler_without_a_function)
{
    ONE_FAULT(
        "functions:\n  f:\n    workers: { runtime: python3, handler: app }\n",
        "t.yaml:3: functions.f.workers.handler: found \"app\", expected a file and a function "
        "in it, such as app.handler");
}

Test(faults, a_handler_that_ends_with_its_dot)
{
    ONE_FAULT("functions:\n  f:\n    workers: { runtime: python3, handler: app. }\n",
              "t.yaml:3: functions.f.workers.handler: found \"app.\", expected a file and a "
              "function in it, such as app.handler");
}

Test(faults, a_handler_with_blanks)
{
    ONE_FAULT("functions:\n  f:\n    workers: { runtime: python3, handler: a b }\n",
              "t.yaml:3: functions.f.workers.handler: found \"a b\", expected up to 128 characters "
              "without blanks, such as app.handler");
}

Test(faults, a_command_without_a_program)
{
    ONE_FAULT("functions:\n  f:\n    workers: { command: ['', x] }\n",
              "t.yaml:3: functions.f.workers.command: found \"\" as the program, expected its name "
              "or path");
}

Test(faults, min_above_max)
{
    ONE_FAULT("functions:\n  f:\n    workers: { command: [x], max: 2, min: 3 }\n",
              "t.yaml:3: functions.f.workers.min: found 3, more than max, expected at most 2");
}

Test(faults, min_above_the_default_of_max)
{
    ONE_FAULT("functions:\n  f:\n    workers: { command: [x], min: 5 }\n",
              "t.yaml:3: functions.f.workers.min: found 5, more than max, expected at most 4");
}

Test(faults, an_environment_name_is_none)
{
    ONE_FAULT("functions:\n  f:\n    environment: { A: x }\n" WORKERS,
              "t.yaml:3: functions.f.environment.A: found the name \"A\", expected at least two "
              "letters, digits and _, the first a letter");
}

Test(faults, an_environment_name_is_reserved)
{
    ONE_FAULT("functions:\n  f:\n    environment: { AWS_REGION: x }\n" WORKERS,
              "t.yaml:3: functions.f.environment.AWS_REGION: found a name that Lambda reserves, "
              "expected another");
}

Test(faults, every_name_that_lambda_reserves_is_refused)
{
    static const char *const names[] = {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[300];
        snprintf(text, sizeof(text), "functions:\n  f:\n    environment: { %s: x }\n%s", names[i],
                 WORKERS);
        cr_assert(strstr(parse_faults(text), names[i]) != NULL, "%s", names[i]);
    }
}

/* The value of XX so long that the whole is `total` bytes of JSON. */
static const char *environment_of(size_t total)
{
    static char text[6000];
    size_t value = total - strlen("{\"XX\":\"\"}");
    int start = snprintf(text, sizeof(text), "functions:\n  f:\n    environment:\n      XX: ");

    memset(text + start, 'v', value);
    snprintf(text + start + value, sizeof(text) - (size_t)start - value, "\n" WORKERS);
    return text;
}

Test(faults, an_environment_that_is_too_large)
{
    ONE_FAULT(environment_of(4097),
              "t.yaml:3: functions.f.environment: found 4097 bytes, written as JSON, expected at "
              "most 4KB as in Lambda");
}

Test(faults, an_environment_of_just_4_kb_is_fine)
{
    cr_assert_str_eq(parse_faults(environment_of(4096)), "");
}

/* --- routes ----------------------------------------------------------------------------------- */

Test(faults, an_unknown_function_with_a_near_one)
{
    ONE_FAULT("functions:\n  put-item:\n" WORKERS "routes:\n  GET /x: { function: put-itme }\n",
              "t.yaml:5: routes.\"GET /x\".function: found \"put-itme\", an unknown function, "
              "expected put-item, did you mean \"put-item\"?");
}

Test(faults, an_unknown_function_without_a_near_one)
{
    ONE_FAULT(
        FUNCTION "routes:\n  GET /x: { function: other }\n",
        "t.yaml:5: routes.\"GET /x\".function: found \"other\", an unknown function, expected "
        "f");
}

Test(faults, a_function_where_there_is_none)
{
    ONE_FAULT("routes:\n  GET /x: { function: f }\n",
              "t.yaml:2: routes.\"GET /x\".function: found \"f\", an unknown function, expected it "
              "under \"functions\"");
}

Test(faults, a_function_that_could_not_be_read_is_told_once)
{
    ONE_FAULT("functions: 1\nroutes:\n  GET /x: { function: f }\n",
              "t.yaml:1: functions: found 1, expected a mapping");
    ONE_FAULT("functions:\n  f: { workers: 1 }\nroutes:\n  GET /x: { function: f }\n",
              "t.yaml:2: functions.f.workers: found 1, expected a mapping");
}

Test(faults, a_function_is_a_list)
{
    ONE_FAULT(
        "routes:\n  GET /x: { function: [f] }\n",
        "t.yaml:2: routes.\"GET /x\".function: found a list, expected the name of a function");
}

Test(faults, a_route_that_does_nothing)
{
    ONE_FAULT("routes:\n  GET /x:\n", "t.yaml:2: routes.\"GET /x\": found none of the keys, "
                                      "expected function, http, redirect or respond");
}

Test(faults, a_route_that_does_two_things)
{
    ONE_FAULT(
        FUNCTION "routes:\n  GET /x:\n    function: f\n    respond: {}\n",
        "t.yaml:7: routes.\"GET /x\".respond: found beside \"function\", expected only one of "
        "them");
}

Test(faults, a_schema_without_a_function)
{
    ONE_FAULT("routes:\n  GET /x:\n    respond: {}\n    body: item.json\n",
              "t.yaml:4: routes.\"GET /x\".body: found without \"function\" and \"http\", "
              "expected one of them beside it");
}

Test(faults, a_payload_without_a_function)
{
    ONE_FAULT("routes:\n  GET /x:\n    respond: {}\n    payload: '2.0'\n",
              "t.yaml:4: routes.\"GET /x\".payload: found without \"function\", expected the two "
              "together");
}

Test(faults, an_unknown_payload_format)
{
    ONE_FAULT(FUNCTION "routes:\n  GET /x: { function: f, payload: '3.0' }\n",
              "t.yaml:5: routes.\"GET /x\".payload: found \"3.0\", an unknown payload format, "
              "expected 1.0 or 2.0");
}

Test(faults, an_unknown_authorizer)
{
    ONE_FAULT("routes:\n  GET /x: { respond: {}, authorizer: shop }\n",
              "t.yaml:2: routes.\"GET /x\".authorizer: found \"shop\", an unknown authorizer, "
              "expected none");
}

Test(faults, a_redirect_without_a_target)
{
    ONE_FAULT("routes:\n  GET /x: { redirect: {} }\n",
              "t.yaml:2: routes.\"GET /x\".redirect: found no \"to\", expected it here");
}

Test(faults, a_redirect_to_nothing)
{
    ONE_FAULT("routes:\n  GET /x: { redirect: { to: '' } }\n",
              "t.yaml:2: routes.\"GET /x\".redirect.to: found \"\", expected a URL or a path");
}

Test(faults, a_redirect_with_another_status)
{
    ONE_FAULT("routes:\n  GET /x: { redirect: { to: /y, status: 304 } }\n",
              "t.yaml:2: routes.\"GET /x\".redirect.status: found 304, expected 301, 302, 303, 307 "
              "or 308");
}

Test(faults, a_redirect_with_an_unknown_treatment_of_the_query)
{
    ONE_FAULT("routes:\n  GET /x: { redirect: { to: /y, query: dorp } }\n",
              "t.yaml:2: routes.\"GET /x\".redirect.query: found \"dorp\", expected keep or drop, "
              "did you mean \"drop\"?");
}

Test(faults, an_added_query_without_a_name)
{
    ONE_FAULT("routes:\n  GET /x: { redirect: { to: /y, add_query: { '': x } } }\n",
              "t.yaml:2: routes.\"GET /x\".redirect.add_query.\"\": found the name \"\", expected "
              "at least one character");
}

Test(faults, an_answer_with_another_status)
{
    ONE_FAULT("routes:\n  GET /x: { respond: { status: 199 } }\n",
              "t.yaml:2: routes.\"GET /x\".respond.status: found 199, expected a whole number from "
              "200 to 599");
}

Test(faults, an_answer_with_two_bodies)
{
    ONE_FAULT("routes:\n  GET /x: { respond: { json: 1, text: a } }\n",
              "t.yaml:2: routes.\"GET /x\".respond.text: found beside \"json\", expected only one "
              "of them");
}

Test(faults, an_answer_that_has_no_body_has_one)
{
    ONE_FAULT("routes:\n  GET /x: { respond: { status: 204, json: 1 } }\n",
              "t.yaml:2: routes.\"GET /x\".respond.status: found 204 with a body, expected neither "
              "\"json\" nor \"text\" beside it");
}

Test(faults, a_header_name_is_no_token)
{
    ONE_FAULT("routes:\n  GET /x: { respond: { headers: { 'a b': x } } }\n",
              "t.yaml:2: routes.\"GET /x\".respond.headers.\"a b\": found the name \"a b\", "
              "expected a header name: letters, digits and !#$%&'*+-.^_`|~");
}

Test(faults, a_header_value_with_a_line_feed)
{
    ONE_FAULT("routes:\n  GET /x: { respond: { headers: { a: \"x\\r\\ny: z\" } } }\n",
              "t.yaml:2: routes.\"GET /x\".respond.headers.a: found \"x??y: z\", expected a value "
              "without control characters");
}

Test(faults, a_header_that_the_daemon_sets)
{
    ONE_FAULT("routes:\n  GET /x: { respond: { headers: { Content-Length: 5 } } }\n",
              "t.yaml:2: routes.\"GET /x\".respond.headers.Content-Length: found a header that the "
              "daemon sets itself, expected another");
}

/* --- all at once ------------------------------------------------------------------------------ */

Test(faults, all_are_told_at_once_in_the_order_of_the_file)
{
    cr_assert_str_eq(parse_faults("routes:\n  GET /x: { function: f }\n  GET /x: {}\n"
                                  "limits: { body: 1x }\nlisten: *a\nregion: ${a-b}\nzzz: 1\n"),
                     "t.yaml:2: routes.\"GET /x\".function: found \"f\", an unknown function, "
                     "expected it under \"functions\"\n"
                     "t.yaml:3: routes.\"GET /x\": found this key twice, expected it once: it "
                     "stands in line 2 already\n"
                     "t.yaml:4: limits.body: found \"1x\", expected a size from 1B to 1GB, such as "
                     "512KB or 6MB\n"
                     "t.yaml:5: listen: found the alias *a, expected a value: aliases are not "
                     "supported\n"
                     "t.yaml:6: region: found \"${a-b}\", expected ${NAME}, ${NAME:-default}, or "
                     "$${ for a literal ${\n"
                     "t.yaml:7: zzz: found an unknown key, expected listen, admin, admin_mode, "
                     "invoke_auth, loops, stage, stage_variables, account_id, region, api_id, log, "
                     "limits, ...\n");
}

Test(faults, a_fault_below_does_not_hide_one_above)
{
    const char *said = parse_faults("admin: 127.0.0.1:1\nlog: { level: x }\n");

    cr_assert(strstr(said, "t.yaml:1: admin: ") != NULL);
    cr_assert(strstr(said, "t.yaml:2: log.level: ") != NULL);
}

Test(faults, a_bad_max_is_not_held_against_min)
{
    ONE_FAULT("functions:\n  f:\n    workers: { command: [x], max: x, min: 3 }\n",
              "t.yaml:3: functions.f.workers.max: found \"x\", expected a whole number from 1 to "
              "1000");
}

Test(faults, there_is_an_end_to_them)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    for (int i = 0; i < LG_CHECK_FAULTS_MAX + 100; i++)
        lg_buf_printf(&text, "unknown-%d: 1\n", i);
    lg_buf_add_char(&text, '\0');

    const char *said = parse_faults(text.data);
    size_t lines = 0;
    for (const char *at = said; *at != '\0'; at++)
        if (*at == '\n')
            lines++;
    cr_assert(lg_str_starts(lg_str_of(said), LG_STR("t.yaml: found more than 1000 faults, expected "
                                                    "none: only the first are shown\n")));
    cr_assert_eq(lines, LG_CHECK_FAULTS_MAX + 1);
    lg_buf_done(&text);
}

Test(faults, json_faults_have_places_too)
{
    ONE_FAULT("{\n  \"log\": {\n    \"level\": \"loud\"\n  }\n}\n",
              "t.yaml:3: log.level: found \"loud\", expected debug, info, warn or error");
}

Test(http_options, bad_ones_are_faults_in_their_place)
{
    ONE_FAULT("routes:\n  GET /x: { http: {} }\n",
              "t.yaml:2: routes.\"GET /x\".http: found no \"url\", expected it here");
    ONE_FAULT(
        "routes:\n  GET /x: { http: { url: 'ftp://a/' } }\n",
        "t.yaml:2: routes.\"GET /x\".http.url: found \"ftp://a/\", expected a URL with http:// "
        "or https://");
    ONE_FAULT("routes:\n  GET /x: { http: { url: 'http://a:0/' } }\n",
              "t.yaml:2: routes.\"GET /x\".http.url: found \"http://a:0/\", expected http://HOST, "
              "http://HOST:PORT or the same with https, and a path behind it");
    ONE_FAULT(
        "routes:\n  GET /x: { http: { url: 'http://a/', upstreams: 'b' } }\n",
        "t.yaml:2: routes.\"GET /x\".http.upstreams: found \"b\", expected HOST:PORT, such as "
        "10.0.0.1:8080");
    ONE_FAULT(
        "routes:\n  GET /x: { http: { url: 'http://a/', ca_file: c.pem } }\n",
        "t.yaml:2: routes.\"GET /x\".http.ca_file: found beside a URL with http, expected one "
        "with https");
    ONE_FAULT(
        "routes:\n  GET /x: { http: { url: 'https://a/', key: c.pem } }\n",
        "t.yaml:2: routes.\"GET /x\".http.key: found without \"certificate\", expected the two "
        "together");
}
