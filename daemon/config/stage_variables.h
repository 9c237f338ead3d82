/*
 * stage_variables.h -- ${stageVariables.NAME} in what routes do: the name of a function, the target
 * of a redirect, the text of an answer.
 *
 * Stage variables never change while a configuration lives, so it happens once, on the tree, before
 * anything is judged. Mappings read theirs themselves.
 */
#ifndef LG_CONFIG_STAGE_VARIABLES_H
#define LG_CONFIG_STAGE_VARIABLES_H

#include "config/node.h"

/*
 * Puts the variables of each API into its routes' `function`, `redirect` and `respond`. A value
 * that cannot be is reported and becomes BROKEN.
 */
void lg_stage_variables(struct lg_arena *arena, struct lg_node *root, struct lg_faults *faults);

#endif
