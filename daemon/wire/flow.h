/* flow.h -- what a receiver of bytes answers to their sender. */
#ifndef LG_WIRE_FLOW_H
#define LG_WIRE_FLOW_H

enum lg_flow {
    LG_FLOW_MORE,
    LG_FLOW_PAUSE /* taken, but no more until it is asked for */
};

#endif
