/* settle.h -- what a process leaves behind when it becomes the keeper. */
#ifndef LG_KEEPER_SETTLE_H
#define LG_KEEPER_SETTLE_H

/*
 * Gives the calling process a session, a name and signals of its own, and closes every descriptor
 * but stderr and the `count` in `fds`, which get new numbers. Ends the process if that fails.
 */
void lg_settle(int *fds, unsigned count);

#endif
