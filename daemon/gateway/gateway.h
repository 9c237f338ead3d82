/*
 * gateway.h -- the running daemon: its loops, its runtime objects, its listeners, its end.
 *
 * Loop 0 runs on the main thread and owns the listeners and the signals; the others run on
 * threads of their own. A function's workers live on one loop, chosen by the hash of its name.
 */
#ifndef LG_GATEWAY_H
#define LG_GATEWAY_H

#include "snapshot/snapshot.h"

struct lg_gateway;
struct lg_keeper;

/* Loops that `config` asks for: `loops`, or the smaller of 4 and the usable CPUs. */
unsigned lg_gateway_loops(const struct lg_config *config);

/*
 * Makes loops, functions with their workers, and listeners; nothing runs yet. Takes over the
 * snapshot and the keeper in any case. NULL after the reason was logged.
 */
struct lg_gateway *lg_gateway_open(struct lg_snapshot *snapshot, struct lg_keeper *keeper);

/*
 * Serves until SIGTERM or SIGINT, then drains: listeners close, requests and invocations end,
 * workers are stopped. Returns the exit status: 0, or 1 when the drain timeout or a second signal
 * cut it short, or the keeper died. SIGTERM, SIGINT and SIGHUP must be blocked.
 */
int lg_gateway_run(struct lg_gateway *gateway);

/* After lg_gateway_run(), or if it is not to run. */
void lg_gateway_free(struct lg_gateway *gateway);

#endif
