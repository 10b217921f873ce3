#define _GNU_SOURCE
#include "ck_pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pool_limits.h"

// One word holds the state of the parallel region, so that each step of the protocol is one atomic
// operation: 14 bits of a region number, then whether the caller sleeps, whether workers may still
// join, and how many have joined. A worker that the system has not scheduled never joins, and
// nobody waits for it.
enum { JOINED = 0xffff, OPEN = 1 << 16, CALLER_SLEEPS = 1 << 17, REGION = 1 << 18 };
static const uint32_t regionMask = ~(uint32_t)(REGION - 1);

// Two kinds of sleepers share that word.
enum { WORKERS = 1, CALLER = 2 };

// Long enough to bridge the serial work between two kernels, short enough to cost a busy neighbour
// nothing: 2,000 pauses are about 50 µs.
enum { WORKER_SPINS = 2000, CALLER_SPINS = 1000, THREAD_LIMIT = 4096 };

static struct {
  _Alignas(64) _Atomic uint32_t state;
  _Atomic int sleepers;
  _Alignas(64) _Atomic ptrdiff_t next;  // the next index to hand out
  _Alignas(64) ptrdiff_t count;         // these three are written while no worker has joined
  ck_task task;
  void *context;
  _Atomic int threads;  // 0: as many as there are processors
  _Atomic int stopping;
  int workers;  // started so far; guarded by `lock`
  pthread_t *handles;
  pthread_mutex_t lock;  // held by the caller for the whole region
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local int insideTask;
static _Thread_local int isForbidden;
static _Thread_local int threadIndex;

static inline void pauseBriefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void sleepWhile(uint32_t expected, uint32_t kind) {
  syscall(
    SYS_futex, &pool.state, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, NULL, NULL, kind);
}

static void wake(int count, uint32_t kind) {
  syscall(
    SYS_futex, &pool.state, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, count, NULL, NULL, kind);
}

static void takeIndices(void) {
  const ptrdiff_t count = pool.count;
  const ck_task task = pool.task;
  void *const context = pool.context;
  for (;;) {
    const ptrdiff_t index = atomic_fetch_add_explicit(&pool.next, 1, memory_order_relaxed);
    if (index >= count) return;
    task(context, index);
  }
}

/// Waits for a region other than `last` that may be joined and joins it; returns its number, or 0
/// where the pool is being stopped.
static uint32_t joinRegion(uint32_t last) {
  int spins = 0;
  for (;;) {
    uint32_t state = atomic_load_explicit(&pool.state, memory_order_acquire);
    // Set before the state changes: who reads a state from before that change cannot sleep on it.
    if (atomic_load_explicit(&pool.stopping, memory_order_relaxed)) return 0;
    if ((state & OPEN) && (state & regionMask) != last) {
      if (atomic_compare_exchange_weak(&pool.state, &state, state + 1)) return state & regionMask;
    } else if (spins < WORKER_SPINS) {
      spins++;
      pauseBriefly();
    } else {
      atomic_fetch_add(&pool.sleepers, 1);
      sleepWhile(state, WORKERS);
      atomic_fetch_sub(&pool.sleepers, 1);
      spins = 0;
    }
  }
}

static void *work(void *argument) {
  insideTask = 1;
  threadIndex = (int)(intptr_t)argument;
  uint32_t region = 0;
  while ((region = joinRegion(region)) != 0) {
    takeIndices();
    const uint32_t before = atomic_fetch_sub(&pool.state, 1);
    if ((before & JOINED) == 1 && (before & CALLER_SLEEPS)) wake(1, CALLER);
  }
  return NULL;
}

/// Begins a new region, which workers may join where `access` is OPEN. No worker is inside one.
static void beginRegion(uint32_t access) {
  const uint32_t state = atomic_load_explicit(&pool.state, memory_order_relaxed);
  uint32_t region = (state & regionMask) + REGION;
  if (region == 0) region = REGION;  // 0 is what a new worker has seen
  atomic_store(&pool.state, region | access);
  if (atomic_load(&pool.sleepers) > 0) wake(INT_MAX, WORKERS);
}

/// Shuts the region and waits for the workers inside.
static void closeRegion(void) {
  uint32_t state = atomic_fetch_and(&pool.state, ~(uint32_t)OPEN) & ~(uint32_t)OPEN;
  for (int spins = 0; (state & JOINED) && spins < CALLER_SPINS; spins++) {
    pauseBriefly();
    state = atomic_load_explicit(&pool.state, memory_order_acquire);
  }
  if ((state & JOINED) == 0) return;
  // The workers' processors may be taken: give them this one.
  state = atomic_fetch_or(&pool.state, CALLER_SLEEPS) | CALLER_SLEEPS;
  while (state & JOINED) {
    sleepWhile(state, CALLER);
    state = atomic_load_explicit(&pool.state, memory_order_acquire);
  }
}

/// Starts the workers that are missing; fewer threads than asked for where the system has no more.
static void startWorkers(int threads) {
  if (pool.handles == NULL) pool.handles = calloc((size_t)threads - 1, sizeof(pthread_t));
  if (pool.handles == NULL) return;
  // Signals are the business of the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (pool.workers < threads - 1) {
    void *const number = (void *)(intptr_t)(pool.workers + 1);
    if (pthread_create(&pool.handles[pool.workers], NULL, work, number) != 0) break;
    pool.workers++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void runSerially(ptrdiff_t count, ck_task task, void *context) {
  for (ptrdiff_t index = 0; index < count; index++) task(context, index);
}

static _Noreturn void refuse(void) {
  static const char message[] = "seqae: a parallel region on a thread that may enter none\n";
  if (write(STDERR_FILENO, message, sizeof message - 1) < 0) abort();
  abort();
}

void ck_forbid_parallel(void) { isForbidden = 1; }

void ck_parallel(ptrdiff_t count, ck_task task, void *context) {
  if (isForbidden) refuse();
  if (count <= 1 || insideTask || ck_threads() == 1 || pthread_mutex_trylock(&pool.lock) != 0) {
    runSerially(count, task, context);
    return;
  }
  const int threads = ck_threads();
  if (pool.workers < threads - 1) startWorkers(threads);
  pool.count = count;
  pool.task = task;
  pool.context = context;
  atomic_store_explicit(&pool.next, 0, memory_order_relaxed);
  beginRegion(OPEN);
  insideTask = 1;
  takeIndices();
  insideTask = 0;
  closeRegion();
  pthread_mutex_unlock(&pool.lock);
}

void ck_set_threads(int threads) {
  if (insideTask) return;
  pthread_mutex_lock(&pool.lock);
  atomic_store(&pool.stopping, 1);
  beginRegion(0);
  for (int worker = 0; worker < pool.workers; worker++) pthread_join(pool.handles[worker], NULL);
  free(pool.handles);
  pool.handles = NULL;
  pool.workers = 0;
  atomic_store(&pool.stopping, 0);
  atomic_store(&pool.threads, threads < 1 ? 1 : threads > THREAD_LIMIT ? THREAD_LIMIT : threads);
  pthread_mutex_unlock(&pool.lock);
}

/// The processors, at most THREAD_LIMIT; counted once.
static int processors(void) {
  static _Atomic int counted;
  int count = atomic_load_explicit(&counted, memory_order_relaxed);
  if (count == 0) {
    count = ck_available_processors();
    if (count > THREAD_LIMIT) count = THREAD_LIMIT;
    atomic_store_explicit(&counted, count, memory_order_relaxed);
  }
  return count;
}

int ck_threads(void) {
  const int threads = atomic_load_explicit(&pool.threads, memory_order_relaxed);
  return threads > 0 ? threads : processors();
}

int ck_thread_limit(void) {
  const int threads = ck_threads(), available = processors();
  return threads > available ? threads : available;
}

int ck_thread_index(void) { return threadIndex; }
