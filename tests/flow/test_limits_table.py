"""docs/limits.md is true: its defaults are those of the daemon, and every row has its tests."""

import json
import re

import pytest

from gateway import ROOT

TEXT = (ROOT / "docs" / "limits.md").read_text()
SCHEMA = json.loads((ROOT / "conf" / "lambdagate.schema.json").read_text())


def rows(heading):
    """The cells of the table in the section with this heading, without head and rule."""
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", TEXT, flags=re.M | re.S).group(1)
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


SET = rows("What can be set")
FIXED = rows("What is fixed")
ANSWERS = rows("How it is answered")

# By row, the tests that hit the limit; those of the unit tests as folder/suite/name.
TESTS = {
    "connections": ["test_more_connections_than_the_limit_are_closed_as_they_come"],
    "connections of one address": ["test_one_address_cannot_take_all_connections"],
    "requests on one connection": ["test_the_last_request_of_a_connection_is_answered_with_connection_close"],
    "request line and headers": [
        "test_a_head_of_10240_bytes_is_served",
        "test_a_head_of_a_byte_more_is_431_and_closed",
        "test_a_target_of_more_than_header_bytes_is_414_and_closed",
        "test_a_rest_api_counts_the_values_of_header_fields_and_its_target_by_itself",
        "test_an_http_api_beside_a_rest_api_counts_all_together",
        "test_a_head_far_over_the_limit_is_431_in_the_same_words",
        "test_a_target_far_over_the_limit_is_414_in_the_same_words",
        "test_a_query_may_have_as_many_parameters_as_fit_the_head",
        "test_the_largest_head_of_a_request_leaves_room_for_the_largest_head_of_an_answer",
    ],
    "header fields": ["test_100_header_fields_are_served", "test_101_header_fields_are_431_and_closed"],
    "time for a head": [
        "test_a_head_that_was_begun_and_does_not_come_is_408_and_closed",
        "test_a_connection_without_a_byte_is_closed_without_an_answer",
        "test_a_head_that_trickles_is_cut_and_others_are_served_meanwhile",
    ],
    "time without a byte": [
        "test_a_connection_that_rests_between_requests_is_closed",
        "test_a_body_that_stalls_is_cut_at_the_idle_timeout",
        "test_an_answer_that_nobody_reads_is_cut_at_the_idle_timeout",
        "test_a_client_that_waits_for_a_function_is_not_idle",
    ],
    "speed of a body": [
        "test_a_body_slower_than_the_rate_is_cut_after_5_seconds_and_others_are_not",
        "test_a_body_rate_of_0_is_no_limit",
    ],
    "body": [
        "test_a_body_of_exactly_the_limit_is_taken",
        "test_a_body_that_declares_a_byte_more_is_413_before_it_is_read",
        "test_a_chunked_body_is_413_when_it_has_grown_over_the_limit",
        "test_routes_that_do_not_look_at_bodies_have_the_same_limit",
        "test_of_a_refused_body_no_more_than_the_limit_is_dropped",
    ],
    "requests at once": [
        "test_more_requests_at_once_than_the_limit_are_503_and_never_start",
        "test_a_request_over_the_limit_is_refused_before_its_body_is_read",
        "test_a_client_that_left_still_counts_while_its_function_runs",
    ],
    "requests of a route at once": [
        "test_more_requests_of_a_route_than_its_concurrency_are_429_and_other_routes_go_on"
    ],
    "memory for bodies, events and results": [
        "test_500_clients_that_send_10_mb_each_are_all_served_within_256_mb",
        "test_bodies_that_stop_half_way_leave_room_for_small_requests",
        "test_a_body_that_waited_for_memory_reaches_its_function_whole",
        "test_a_body_that_waits_for_memory_longer_than_the_routes_timeout_is_503",
        "test_beyond_the_whole_budget_a_request_is_503_before_its_body_is_read",
        "test_a_body_that_never_fits_the_budget_is_503",
        "test_a_body_of_unknown_length_that_outgrows_the_budget_is_503",
        "test_growing_bodies_that_together_need_more_than_there_is_are_served_one_by_one",
        "test_a_growing_body_that_waits_longer_than_the_routes_timeout_is_503",
    ],
    "length of a token": ["test_a_token_that_is_too_long_is_refused_unread"],
    "tokens found good and remembered": ["authorize/token_cache/the_ones_unused_for_longest_go_first"],
    "memory for them": ["authorize/token_cache/what_is_too_much_to_remember_goes"],
    "answers of Lambda authorizers remembered": ["test_the_answers_used_longest_ago_are_forgotten_first"],
    "memory for these answers": ["test_the_memory_for_remembered_answers_is_bounded"],
    "event to a function": [
        "test_an_event_over_the_payload_limit_is_413",
        "test_a_payload_over_the_limit_is_413_at_the_invoke_api_too",
    ],
    "result of a function": [
        "test_a_result_over_the_limit_is_500_and_the_worker_lives_on",
        "test_a_result_over_the_limit_is_an_error_at_the_invoke_api",
    ],
    "calls of a function under way": [
        "test_a_call_above_the_concurrency_is_503_of_the_http_api_at_once",
        "test_the_invoke_api_says_429_with_lambdas_words",
        "test_with_0_nothing_runs_and_no_worker_starts",
    ],
    "streamed answer": ["test_an_answer_over_the_limit_is_cut_and_the_worker_lives_on"],
    "calls that wait for a worker": [
        "test_more_calls_than_may_wait_are_503_at_once",
        "test_a_queue_of_0_lets_no_call_wait",
        "test_more_invocations_than_may_wait_are_429_at_the_invoke_api",
    ],
    "time to wait for a worker": [
        "test_a_call_that_no_worker_took_within_queue_wait_is_503_and_never_starts"
    ],
    "time of a function": ["test_a_function_past_its_timeout_is_500_and_may_have_run"],
    "time of a route": [
        "test_a_route_past_its_timeout_is_503_while_the_function_runs_on",
        "test_a_call_that_still_waits_at_the_routes_timeout_is_503_and_never_starts",
    ],
    "connections to a server": ["wire/http_client/connections_are_limited_and_others_wait_their_turn"],
    "requests that wait for one": [
        "wire/http_client/connections_are_limited_and_others_wait_their_turn",
        "test_requests_over_the_queue_of_a_server_are_503",
    ],
    "connections kept for a server": ["test_as_many_connections_are_kept_as_a_burst_needed_unless_fewer_are_wished"],
    "rest of such a connection": ["wire/http_client/idle_connections_are_closed_after_a_while"],
    "requests on such a connection": ["wire/http_client/a_connection_is_given_up_after_its_requests"],
    "connecting to a server": [
        "wire/connect/patience_ends",
        "test_a_server_with_http_alone_is_no_server_with_tls",
    ],
    "a server that stalls": ["test_each_phase_has_its_patience", "wire/http_client/each_phase_has_its_patience"],
    "memory of a worker": ["test_a_worker_that_takes_more_than_its_memory_is_killed"],
    "processes of a function": ["test_two_calls_run_at_once_with_max_2_and_a_third_waits"],
    "start of a process": [
        "test_a_worker_that_does_not_ask_within_init_timeout_is_killed_and_its_callers_get_500"
    ],
    "rest of a process": ["test_an_idle_worker_above_min_ends"],
    "calls in a queue of Redis": ["test_a_call_over_the_depth_is_503_and_taken_out_again"],
    "connecting to Redis": ["test_the_daemon_starts_without_redis"],
    "an answer of Redis": ["test_a_frozen_redis_is_given_up"],
    "calls of a function in Lambda at once": ["test_calls_over_the_connections_wait_and_then_are_refused"],
    "connecting to Lambda": ["test_an_endpoint_that_is_not_there_is_not_started_and_then_left_alone"],
    "tries of a call to Lambda that has not run": ["test_a_throttle_is_tried_again_and_then_told"],
    "time to stop": ["test_a_function_that_never_ends_is_cut_at_the_drain_timeout"],
    "open descriptors": [
        "test_without_descriptors_accepting_rests_and_goes_on_when_there_are_some",
        "test_a_daemon_that_rests_for_descriptors_does_not_spin",
        "test_a_worker_that_finds_no_descriptor_is_503_and_a_later_call_starts_one",
    ],
    "connections to the admin address": ["test_the_admin_address_takes_256_connections"],
    # The same mechanism with a shorter time: nobody waits for five minutes.
    "rest of a connection to it": ["test_a_connection_that_rests_between_requests_is_closed"],
    "connections to a worker's Runtime API": ["test_the_runtime_api_of_a_worker_takes_32_connections"],
    "digits of a chunk's size": ["wire/http_chunks/a_size_has_at_most_15_digits"],
    "extensions of chunks": [
        "wire/http_chunks/a_size_line_has_a_ceiling",
        "wire/http_chunks/all_extensions_together_have_a_ceiling",
    ],
    "trailers": [
        "wire/http_chunks/trailers_have_a_ceiling_in_number_and_bytes",
        "listen/h1/trailers_over_the_limit_of_headers_are_refused",
    ],
    "memory for heads at the admin address": [
        "test_a_head_beyond_the_memory_of_the_admin_address_is_431_of_the_http_library_and_closed"
    ],
    "header fields and cookies of an answer": [
        "test_an_answer_of_more_than_256_headers_and_cookies_is_500",
        "test_an_answer_of_more_than_10240_bytes_of_headers_is_500",
    ],
    "head of a streamed answer (its prelude)": [
        "test_a_prelude_of_16_kb_is_taken",
        "test_a_prelude_that_is_none_is_500_and_the_log_says_why",
    ],
    "last bytes of an answer that is cut": [
        "listen/h1_answer/a_client_that_does_not_take_the_last_bytes_of_a_cut_is_reset_in_time",
    ],
    "a gateway response of a REST API": [
        "respond/gateway_response/a_body_that_grows_too_large_is_given_up",
        "respond/gateway_response/header_fields_that_grow_too_large_are_left_out",
    ],
    "answer of a Lambda authorizer": ["test_an_answer_over_64_kb_is_none"],
    "work on an authorizer's policy": ["authorize/policy/comparing_gives_up_before_it_takes_long"],
    "work on `identity_validation`": ["authorize/token_pattern/a_token_that_takes_too_long_does_not_match"],
    "method ARN of a REST API with a Lambda authorizer": ["test_a_method_arn_over_1600_bytes_is_414"],
    "head of a server's answer": [
        "wire/http_response/heads_are_limited_in_bytes_and_fields",
        "wire/http_response/interim_answers_come_before_it",
        "test_no_answer_worth_the_name_is_503_and_unknown",
    ],
    "trailers of a server's answer": ["wire/http_response/trailers_are_limited"],
    "body for a server that is held for all tries": ["test_where_nothing_was_sent_the_next_server_is_asked"],
    "names of hosts that are looked up": [
        "wire/resolve/the_oldest_name_gives_way_to_a_new_one",
        "wire/resolve/too_many_names_that_wait_are_refused",
    ],
    "addresses of a host that are tried": [
        "wire/resolve_by_system/no_more_than_eight_addresses_of_a_host_are_kept",
    ],
    "pools for servers that nobody uses": [
        "upstream/outbound/pools_that_nobody_uses_for_two_minutes_end",
    ],
    "nesting and values of JSON that is checked": [
        "test_json_nested_deeper_than_128_is_400",
        "test_json_of_more_than_a_million_values_is_400",
    ],
    "work for a check": ["validate/fuel"],
    "schemas inside each other for a check": ["validate/worst/rules_too_deep_inside_each_other"],
    "what is told of a body that does not fit": [
        "validate/findings/they_are_bounded_in_count_and_bytes",
        "test_detailed_errors_of_large_bodies_are_bounded",
    ],
    "nesting and values of a result with a `statusCode`": [
        "test_a_result_of_json_that_is_nested_too_deep_to_be_read_is_500"
    ],
    "payloads of 64 KiB and more that wait to be checked": ["invoke_api/admin/too_many_large_payloads_at_once_are_throttled"],
    "nesting of a payload of the Invoke API": ["invoke_api/json_check/nesting_has_a_limit"],
    "name, trace and client context of the Invoke API": [
        "cloud/name/the_whole_text_has_a_limit",
        "invoke_api/request/a_bad_client_context_is_refused",
        "invoke_api/request/a_trace_is_continued_if_it_is_one",
    ],
    "log tail of the Invoke API": ["test_a_log_tail_is_the_last_4_kb"],
    "large bodies and results that wait for a CPU thread": [
        "wire/pool/refuses_when_too_many_wait",
        "test_a_result_that_no_thread_can_read_is_503_and_may_have_run",
    ],
    "letters between loops": ["wire/mailbox/a_full_box_refuses_but_not_what_must_not_get_lost"],
    "results that another loop has not heard of": [
        "target/hop/a_pool_does_not_run_ahead_of_a_loop_that_is_held_up"
    ],
    "refused clients that still send": ["test_a_body_that_declares_a_byte_more_is_413_before_it_is_read"],
    "a line of the log": ["observe/log_format/a_line_that_is_too_long_is_cut_with_a_mark"],
    "lines that wait to be written": [
        "observe/log/a_stuck_sink_drops_lines_and_counts_them_and_never_waits"
    ],
    "output of a function": [
        "test_a_function_that_floods_its_output_is_held_to_5000_lines_a_second",
        "target/lines/a_long_line_is_cut_into_pieces",
    ],
    "stop of a worker": ["target/ends/a_process_that_ignores_being_told_is_killed"],
    "processes that start at once": [
        "target/scale/no_more_than_16_processes_of_a_loop_start_at_once",
        "target/scale/after_a_failure_one_process_has_to_prove_itself_before_others_start",
    ],
    "pauses between starts that fail": [
        "target/ends/starts_that_fail_are_tried_again_ever_more_slowly",
        "test_a_keeper_without_descriptors_is_503_and_a_later_call_starts_a_worker",
    ],
    "processes": [],  # 4,096 of them are too many for a test
    "temporary files of a worker": [],  # the machine's limit, not ours
    "folders that `reload_on_change` watches": ["target/changes/there_is_a_largest_number_of_folders"],
    "command and environment of a worker": ["keeper/keeper/a_command_line_over_one_message_is_refused"],
    "segments of a route": ["route/pattern/a_path_has_at_most_64_segments"],
    "mappings": [
        "integrate/mapping_faults/a_route_has_at_most_100_mappings",
        "integrate/mapping_faults/a_value_has_at_most_2048_bytes",
        "integrate/mapping_faults/a_value_has_at_most_64_parts",
        "integrate/json_path/a_path_has_at_most_32_steps",
    ],
    "values of mappings": [
        "test_mapped_values_over_10240_bytes_are_431",
        "integrate/mapping_answer/values_of_more_than_10240_bytes_together_are_too_large",
    ],
    "body that JSON paths of mappings look into": [
        "integrate/mapping_http/a_body_up_to_100_kb_has_values_for_json_paths"
    ],
    "declared parameters": ["validate/parameters/a_route_has_at_most_100"],
    "lists of CORS": [
        "config/cors/a_list_has_at_most_100_entries",
        "config/cors/a_header_has_at_most_128_characters",
    ],
    "configuration file": [
        "config/node/a_file_that_is_too_large_is_refused",
        "config/node/too_many_values_are_refused",
        "config/node/too_many_levels_are_refused",
    ],
    "values from the environment, and from stage variables": [
        "config/apis/stage_variables_that_grow_too_large_are_a_fault",
        "config/expand/a_value_that_grows_too_large_is_a_fault",
        "config/expand/values_that_grow_too_large_together_are_one_fault",
    ],
    "schema file": ["validate/schema_faults"],
    "documents that a schema consists of": ["validate/refs/a_schema_consists_of_1000_documents_at_most"],
    "references behind each other in a schema": [
        "validate/worst/a_long_chain_of_references_is_refused_at_load"
    ],
    "digits of `multipleOf`": ["validate/number/divisors_are_positive_and_have_an_end"],
    "reloads at once": ["test_a_storm_of_signals_ends_with_the_last_file"],
    "requests that have not left for Redis": ["redis/link/what_has_not_left_is_counted"],
    "line of a reply of a worker behind Redis": [
        "redis/line/a_line_without_an_end_is_too_long",
        "redis/line/replies_that_are_none",
        "test_what_is_no_reply_is_dropped_and_counted",
    ],
    "reply of a worker behind Redis": ["redis/resp/no_more_is_held_than_the_ceiling", "redis/resp/what_is_too_long_is_cut_and_the_next_is_whole",
                                       "test_a_result_over_the_limit_is_told", "test_a_reply_of_any_length_costs_no_other_call_its_own"],
    "an answer of a Sentinel": ["test_the_first_sentinel_is_dead"],
    "answer of a Sentinel, or of a node to `CLUSTER SLOTS`": ["redis/resp/no_more_is_held_than_the_ceiling"],
    "masters of a Redis Cluster": ["test_a_map_of_too_many_nodes_is_of_no_use"],
    "redirections in a Redis Cluster": ["test_a_command_is_redirected_five_times_and_no_more"],
    "questions for the map of a Redis Cluster": ["test_a_sentinel_that_names_a_replica_is_not_asked_again_at_once"],
    "commands to a Redis Cluster without an answer": ["redis/link/what_has_not_left_is_counted"],
    "calls at once of a bridge": [
        "test_no_more_calls_are_taken_than_may_run",
        "test_a_wrong_command_line_is_told",
        "bridge/bridge/no_more_is_taken_than_may_run",
    ],
    "event for a bridge": ["test_an_event_of_64_mib_is_run_and_a_larger_one_ends_the_connection"],
    "line of a request for a bridge": [
        "redis/line/a_line_without_an_end_is_too_long",
        "test_a_line_of_a_request_has_at_most_64_kib",
    ],
    "deadline that a bridge believes": ["bridge/request/a_deadline_is_at_most_30_days_away"],
    "reply of a bridge that Redis does not take": [
        "bridge/bridge/a_reply_that_redis_does_not_take_is_dropped_some_time_after_the_deadline",
        "test_a_reply_that_redis_refuses_is_dropped_10_seconds_after_the_deadline",
    ],
    "end of a bridge": ["test_what_outlives_the_drain_timeout_is_killed"],
    "event and context for Lambda": ["test_an_event_that_is_too_large_is_not_sent"],
    "request to a function URL": ["test_a_head_that_is_too_long_is_refused_before_it_is_sent", "lambda/url_request/the_head_is_bounded"],
    "answer of a function URL to a call of the Invoke API": ["test_an_answer_that_is_too_large_for_an_invoke_is_told"],
    "frame of a stream from Lambda": ["cloud/event_reader/lengths_over_the_limits_are_refused"],
    "failures of Lambda in a row": [
        "test_an_endpoint_that_is_not_there_is_not_started_and_then_left_alone",
        "lambda/breaker/it_opens_after_failures_in_a_row_only",
    ],
    "wait for AWS credentials": ["test_calls_wait_for_credentials_that_are_still_looked_for"],
    "output of `credential_process`": ["test_a_program_that_prints_too_much_is_ended"],
}


def exists(name):
    if "/" not in name:
        return any(
            f"def {name}(" in file.read_text() for file in (ROOT / "tests" / "flow").glob("test_*.py")
        )
    folder, suite, *test = name.split("/")
    pattern = rf"Test\({suite},\s*{test[0] if test else ''}"
    files = (ROOT / "tests" / "unit" / folder).glob("*.c")
    return any(re.search(pattern, file.read_text()) for file in files)


def test_every_row_has_its_tests():
    found = [row[0] for row in SET + FIXED]
    assert found == list(TESTS), "rows and tests should be told in the same order"
    missing = [name for names in TESTS.values() for name in names if not exists(name)]
    assert not missing, missing


def find_option(path):
    """What the schema of the configuration says about an option such as functions.NAME.queue."""
    node = SCHEMA
    for name in path.split("."):
        node = resolve(node)
        if name in ("NAME", "KEY"):
            node = node.get("additionalProperties") or next(iter(node["patternProperties"].values()))
        else:
            node = node["properties"][name]
    return node


def resolve(node):
    """Follows references and the members of allOf until there are properties."""
    while True:
        if "$ref" in node:
            inner = SCHEMA
            for part in node["$ref"].lstrip("#/").split("/"):
                inner = inner[part]
            node = inner
        elif "properties" in node or "additionalProperties" in node and "allOf" not in node:
            return node
        elif "allOf" in node:
            node = node["allOf"][0]
        else:
            return node


@pytest.mark.parametrize("row", SET, ids=lambda row: row[0])
def test_the_default_is_that_of_the_daemon(row):
    option = find_option(row[1].strip("`"))
    if "default" not in option:  # it is another one for each kind of API
        assert all(f"{value} in a" in option["description"] for value in re.findall(r"`(\w+)`", row[2]))
        return
    assert str(option["default"]) == row[2].split(" ")[0].strip("`")


def test_every_option_under_limits_has_a_row():
    keys = {row[1].strip("`") for row in SET}
    assert {f"limits.{name}" for name in resolve(find_option("limits"))["properties"]} <= keys


def definitions(source):
    """Texts behind names of the preprocessor."""
    return dict(re.findall(r'#define (\w+) ("[^"]*")', source))


def types():
    """The gateway responses of REST APIs: name to status and message."""
    source = (ROOT / "daemon" / "config" / "response_types.c").read_text()
    rows = re.findall(r'\[LG_RESPONSE_\w+\] = \{ ("\w+"),\s*(\d+),\s*((?:"[^"]*"\s*)+|NULL),', source)
    return {name.strip('"'): (int(status), "".join(re.findall(r'"([^"]*)"', text))) for name, status, text in rows}


def answers():
    """What errors.c says: (of an HTTP API, of a REST API, outcome, whether Retry-After)."""
    source = (ROOT / "daemon" / "respond" / "errors.c").read_text()
    for name, text in definitions(source).items():
        source = re.sub(rf"\b{name}\b(?! \")", lambda _, text=text: text, source)
    found = set()
    for block in re.split(r"\n    \[LG_ERROR_", source)[1:]:
        status, message = re.search(r'\.http = \{ (\d+), "([^"]*)"', block).groups()
        kind = re.search(r"\.type = LG_RESPONSE_(\w+)", block).group(1)
        own = [re.search(pattern, block[block.index(".rest") :]) for pattern in (r"\.status = (\d+)", r'\.message = "([^"]*)"')]
        given = types()[kind]
        number = int(own[0].group(1)) if own[0] else given[0]
        words = own[1].group(1) if own[1] else given[1]
        blank = " " if ".spaced = true" in block else ""
        told = f'"{words}"' if words else "null"
        rest = f'{{"message":{blank}{told}}}' if ".plain = true" not in block else "plain"
        outcome = re.search(r'\.outcome = "([\w-]+)"', block)
        found.add(
            (
                f'{status} {{"message":"{message}"}}',
                f"{number} {rest}",
                outcome.group(1) if outcome else None,
                ".retry_after = true" in block,
            )
        )
    return found


def test_the_answers_are_those_of_the_table_of_errors():
    table = answers()
    for name, http, rest, others in ANSWERS:
        if name == "`closed`":
            continue
        outcome = re.search(r"x-lambdagate-outcome: ([\w-]+)", others)
        rest = "413 plain" if "plain text" in rest else rest.replace("`", "")
        row = (http.replace("`", ""), rest, outcome.group(1) if outcome else None, "Retry-After" in others)
        assert row in table, f"{name} is no answer of daemon/respond/errors.c"
