// How many processors this process may use.

#ifndef CK_POOL_LIMITS_H
#define CK_POOL_LIMITS_H

/// The processors of the affinity mask, or the control group's CPU quota rounded up where that is
/// smaller; at least 1.
int ck_available_processors(void);

#endif
