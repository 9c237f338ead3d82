/* spawn.c -- what a process needs before it can run: a pipe, a port, an environment, the keeper. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "keeper/keeper.h"
#include "target/credentials_api.h"
#include "target/environment.h"
#include "target/spawn.h"

static enum lg_err ask_keeper(struct lg_worker *worker, int output)
{
    const struct lg_pool *pool = worker->pool;
    const struct lg_config_workers *config = pool->function->workers;
    struct lg_environment_facts facts = {
        .function = pool->function,
        .runtime_directory = pool->env.runtime_directory,
        .region = pool->env.region,
        .search_path = pool->search_path,
        .port = worker->port->number,
        .wall_ms = lg_loop_wall_ms(pool->env.loop),
        .provisioned = worker->provisioned,
        .credentials_token = worker->credentials_token,
    };
    struct lg_arena arena;
    enum lg_err err;

    lg_credentials_api_token(worker);
    lg_arena_init(&arena);
    struct lg_keeper_spawn spawn = {
        .argv = lg_environment_command(&arena, pool->env.runtime_directory, config),
        .environment = lg_environment_make(&arena, &facts),
        .directory = config->directory,
        .output = output,
        .confine = pool->confine,
        .events = &lg_worker_keeper_events,
        .owner = worker,
    };
    err = lg_keeper_spawn(pool->env.keeper, &spawn, &worker->ticket);
    lg_arena_done(&arena);
    return err;
}

/* Whether the machine was short of something that it may have again in a moment. */
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS ||
           error == EAGAIN || error == EADDRINUSE;
}

static void describe_failure(struct lg_init_error *ret_error, const char *what, const char *why)
{
    lg_cstr_copy(ret_error->type, sizeof(ret_error->type), "Sandbox.Failure");
    lg_buf_add_cstr(&ret_error->text, "The process could not be started");
    (void)snprintf(ret_error->reason, sizeof(ret_error->reason), "%s: %s", what, why);
}

static void describe_errno(struct lg_init_error *ret_error, const char *what, int error)
{
    ret_error->scarce = is_shortage(error);
    describe_failure(ret_error, what, strerror(error));
}

enum lg_err lg_spawn(struct lg_worker *worker, struct lg_init_error *reterr_error)
{
    struct lg_pool *pool = worker->pool;
    enum lg_err err;
    int output = -1;

    *reterr_error = (struct lg_init_error){ .scarce = false };
    lg_buf_init(&reterr_error->text, SIZE_MAX);
    if (lg_output_open(&worker->output, pool->env.loop, pool->who, &output) != LG_OK) {
        describe_errno(reterr_error, "no pipe for its output", errno);
        return LG_ERR_IO;
    }
    worker->port = lg_port_open(worker);
    if (worker->port == NULL) {
        describe_errno(reterr_error, "no port for it", errno);
        err = LG_ERR_IO;
        goto out;
    }
    err = ask_keeper(worker, output);
    if (err != LG_OK) {
        reterr_error->scarce = err == LG_ERR_FULL;
        describe_failure(reterr_error, "the keeper refused it", lg_err_text(err));
        lg_port_close(worker->port);
    }
out:
    close(output);
    if (err != LG_OK)
        lg_output_close(&worker->output);
    return err;
}

/* What the caller of a waiting invocation reads, and what the operator reads. */
static void describe_start(const struct lg_config_workers *config, int error, int step,
                           struct lg_init_error *ret_error)
{
    const char *command = lg_environment_runtime(config);
    const char *what = "no process";

    ret_error->scarce = is_shortage(error);
    switch ((enum lg_keeper_step)step) {
    case LG_KEEPER_STEP_EXEC:
        lg_cstr_copy(ret_error->type, sizeof(ret_error->type), "Runtime.InvalidEntrypoint");
        lg_buf_printf(&ret_error->text, "Couldn't find valid bootstrap(s): [%s]", command);
        (void)snprintf(ret_error->reason, sizeof(ret_error->reason), "cannot execute %s: %s",
                       command, strerror(error));
        return;
    case LG_KEEPER_STEP_DIRECTORY:
        lg_cstr_copy(ret_error->type, sizeof(ret_error->type), "Runtime.InvalidWorkingDir");
        lg_buf_add_cstr(&ret_error->text, "Couldn't enter the working directory");
        (void)snprintf(ret_error->reason, sizeof(ret_error->reason), "cannot enter %s: %s",
                       config->directory, strerror(error));
        return;
    case LG_KEEPER_STEP_USER:
        what = "it cannot become its user";
        break;
    case LG_KEEPER_STEP_TMP:
        what = "no directory for its temporary files";
        break;
    case LG_KEEPER_STEP_MEMORY:
        what = "no cgroup for it";
        break;
    case LG_KEEPER_STEP_FORK:
        break;
    }
    describe_failure(ret_error, what, strerror(error));
}

void lg_spawn_describe(const struct lg_config_workers *config, int error, int status,
                       struct lg_init_error *ret_error)
{
    *ret_error = (struct lg_init_error){ .scarce = false };
    lg_buf_init(&ret_error->text, SIZE_MAX);
    if (error != 0) {
        describe_start(config, error, status, ret_error);
        return;
    }
    lg_cstr_copy(ret_error->type, sizeof(ret_error->type), "Runtime.ExitError");
    lg_report_exit_message(&ret_error->text, status);
    lg_report_exit_text(status, ret_error->reason);
}
