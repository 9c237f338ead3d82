/* say.c -- one function for each thing there is to say; which words, the function's `logging`
 * tells.
 */
#include "target/say.h"

#include "target/environment.h"
#include "target/memory.h"
#include "target/pool.h"
#include "target/records.h"

/* Reading /proc costs more than a short call: of these, every so often one is looked at. */
#define READ_EVERY_MS 250
#define LONG_US 20000

static struct lg_loop *loop_of(const struct lg_worker *worker)
{
    return worker->pool->env.loop;
}

static int64_t wall_ms(const struct lg_worker *worker)
{
    return lg_loop_wall_ms(loop_of(worker));
}

static bool is_json(const struct lg_worker *worker)
{
    const struct lg_config_logging *logging = worker->pool->function->logging;

    return logging != NULL && logging->format == LG_LOGGING_JSON;
}

/* Of records: Lambda gives each of them a level, failures a higher one. */
static bool wants(const struct lg_worker *worker, enum lg_level level)
{
    return is_json(worker) && level >= worker->pool->function->logging->system_level;
}

static enum lg_level level_of(enum lg_report_status status, enum lg_level success)
{
    return status == LG_REPORT_OK ? success : LG_LEVEL_WARN;
}

static void say(struct lg_worker *worker, struct lg_buf *line)
{
    lg_output_say(&worker->output, line);
    lg_buf_done(line);
}

/* --- the start of a process ------------------------------------------------------------------- */

static struct lg_record_init init_of(const struct lg_worker *worker, enum lg_report_status status,
                                     const char *error_type)
{
    const struct lg_pool *pool = worker->pool;

    return (struct lg_record_init){
        .function = pool->function->name,
        .runtime = lg_environment_runtime(pool->function->workers),
        .region = pool->env.region,
        .provisioned = worker->provisioned,
        .status = status,
        .error_type = error_type,
        .duration_us = lg_loop_now_us(pool->env.loop) - worker->spawned_us,
    };
}

void lg_say_init_start(struct lg_worker *worker)
{
    const struct lg_record_init init = init_of(worker, LG_REPORT_OK, NULL);
    struct lg_buf line;

    lg_buf_init(&line, SIZE_MAX);
    if (wants(worker, LG_LEVEL_INFO))
        lg_record_init_start(&line, wall_ms(worker), &init);
    else if (!is_json(worker))
        lg_report_init_start(&line, init.runtime, init.region);
    say(worker, &line);
}

static void say_init_records(struct lg_worker *worker, const struct lg_record_init *init)
{
    struct lg_buf line;

    lg_buf_init(&line, SIZE_MAX);
    if (wants(worker, level_of(init->status, LG_LEVEL_DEBUG))) {
        lg_record_init_runtime_done(&line, wall_ms(worker), init);
        lg_output_say(&worker->output, &line);
    }
    if (wants(worker, level_of(init->status, init->provisioned ? LG_LEVEL_INFO : LG_LEVEL_DEBUG)))
        lg_record_init_report(&line, wall_ms(worker), init);
    say(worker, &line);
}

void lg_say_init_done(struct lg_worker *worker)
{
    const struct lg_record_init init = init_of(worker, LG_REPORT_OK, NULL);

    say_init_records(worker, &init);
}

void lg_say_init_failed(struct lg_worker *worker, enum lg_report_status status,
                        const char *error_type)
{
    const struct lg_record_init init = init_of(worker, status, error_type);
    struct lg_buf line;

    if (is_json(worker)) {
        say_init_records(worker, &init);
        return;
    }
    lg_buf_init(&line, SIZE_MAX);
    lg_report_init_failed(&line, init.duration_us, status, error_type);
    say(worker, &line);
}

/* --- a call ----------------------------------------------------------------------------------- */

void lg_say_start(struct lg_worker *worker, const char *arn)
{
    struct lg_buf line;

    if (!lg_output_heard(&worker->output))
        return;
    lg_buf_init(&line, SIZE_MAX);
    if (wants(worker, LG_LEVEL_INFO))
        lg_record_start(&line, wall_ms(worker), worker->run.id, arn);
    else if (!is_json(worker))
        lg_report_start(&line, worker->run.id);
    say(worker, &line);
}

/* In JSON the records of its end say so. */
void lg_say_timed_out(struct lg_worker *worker)
{
    const struct lg_run *run = &worker->run;
    struct lg_buf line;

    if (is_json(worker))
        return;
    lg_buf_init(&line, SIZE_MAX);
    lg_report_timed_out(&line, wall_ms(worker), run->id, run->timeout_ms);
    say(worker, &line);
}

void lg_say_exit(struct lg_worker *worker, int status)
{
    struct lg_buf line;

    if (is_json(worker))
        return;
    lg_buf_init(&line, SIZE_MAX);
    lg_buf_printf(&line, "RequestId: %s Error: ", worker->run.id);
    lg_report_exit_message(&line, status);
    say(worker, &line);
}

static void read_memory(struct lg_worker *worker, int64_t duration_us)
{
    int64_t now = lg_loop_now_ms(loop_of(worker));

    if (duration_us >= LONG_US || now - worker->used_read_ms >= READ_EVERY_MS)
        lg_memory_read(worker);
}

static void say_records(struct lg_worker *worker, const struct lg_report *report)
{
    const struct lg_run *run = &worker->run;
    struct lg_record_answer answer = {
        .picked_wall_ms = wall_ms(worker) - report->duration_us / 1000,
        .begun_us = run->answer_us - run->picked_us,
        .ended_us = run->answered_us > 0 ? run->answered_us - run->picked_us : -1,
        .bytes = run->answer_bytes,
    };
    struct lg_buf line;

    if (run->answer_us == 0) /* refused on its head */
        answer.begun_us = answer.ended_us;
    lg_buf_init(&line, SIZE_MAX);
    if (wants(worker, level_of(report->status, LG_LEVEL_DEBUG))) {
        lg_record_runtime_done(&line, wall_ms(worker), report, &answer);
        lg_output_say(&worker->output, &line);
    }
    if (wants(worker, level_of(report->status, LG_LEVEL_INFO)))
        lg_record_report(&line, wall_ms(worker), report);
    say(worker, &line);
}

static void say_lines(struct lg_worker *worker, const struct lg_report *report)
{
    struct lg_buf line;

    lg_buf_init(&line, SIZE_MAX);
    lg_report_end(&line, report->id);
    lg_output_say(&worker->output, &line);
    lg_report_line(&line, report);
    say(worker, &line);
}

void lg_say_report(struct lg_worker *worker)
{
    const struct lg_run *run = &worker->run;
    struct lg_report report = {
        .id = run->id,
        .duration_us = lg_loop_now_us(loop_of(worker)) - run->picked_us,
        .timeout_ms = run->timeout_ms,
        .init_us = run->init_us,
        .memory_mb = worker->pool->function->memory_mb,
        .status = run->status,
        .error_type = run->error_type,
    };

    if (!lg_output_heard(&worker->output))
        return;
    read_memory(worker, report.duration_us);
    report.used_kib = worker->used_kib;
    if (is_json(worker))
        say_records(worker, &report);
    else
        say_lines(worker, &report);
}
