/*
 * runtime_directory.h -- where our bootstraps for `runtime: python3 | nodejs` lie.
 */
#ifndef LG_RUNTIME_DIRECTORY_H
#define LG_RUNTIME_DIRECTORY_H

/*
 * LAMBDAGATE_RUNTIMES where set; else ../lib/lambdagate/runtimes beside the program's folder as
 * installed; else runtimes/ of the source tree that it was built in. Owned by the caller.
 */
char *lg_runtime_directory(void);

#endif
