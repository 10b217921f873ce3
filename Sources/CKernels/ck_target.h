// How functions are compiled once for each instruction set, and how loops are allowed to sum.

#ifndef CK_TARGET_H
#define CK_TARGET_H

#include <stddef.h>

/// Compiles the function for AVX-512, AVX2 and the baseline; the processor chooses at load time. With
/// CK_WITHOUT_CLONES there is only what the compiler's options ask for, so that tests can run it.
#if defined(__x86_64__) && !defined(CK_WITHOUT_CLONES)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif

/// Lets the loops of the enclosing block vectorise sums, in an order fixed by the instruction set.
#define CK_REASSOCIATE _Pragma("clang fp reassociate(on) contract(fast)")

/// Before a loop each step of which writes only where no other step reads, perhaps where it has read
/// itself: the loop vectorises without a check whether operands and results overlap, which those of
/// a step in place would fail.
#define CK_EACH _Pragma("clang loop vectorize(assume_safety)")

#define CK_INLINE static inline __attribute__((always_inline))

#endif
