// The one thread pool of the process.

#ifndef CK_POOL_H
#define CK_POOL_H

#include <stddef.h>

/// A unit of work: called once for each index in [0, count).
typedef void (*ck_task)(void *context, ptrdiff_t index);

/// Runs task(context, i) for each i in [0, count) on the pool's threads and returns when all are
/// done. Threads take the indices in order, each when it is free. A call from inside a task, or
/// while another thread's call is under way, runs serially on the calling thread.
void ck_parallel(ptrdiff_t count, ck_task task, void *context);

/// Makes any ck_parallel of the calling thread, from now on, end the process: for a thread that works
/// beside the one that computes, whose regions it would otherwise make serial.
void ck_forbid_parallel(void);

/// Sets the number of threads, the caller included; less than 1 means 1. Waits for a call of
/// another thread to end; must not be called inside a task.
void ck_set_threads(int threads);

/// The number of threads; by default the processors that this process may use: its affinity, or
/// the CPU quota of its control group (rounded up) where that is smaller.
int ck_threads(void);

/// At least ck_threads(), and the same before and after a change to any number up to the number of
/// processors: what scratch memory with a part for each thread should allow for.
int ck_thread_limit(void);

/// The calling thread's own number inside a task, in [0, ck_threads()), and 0 outside: selects a
/// thread's part of a scratch buffer.
int ck_thread_index(void);

#endif
