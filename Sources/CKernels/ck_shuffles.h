// Shuffles of sixteen lanes that transposes of 4 × 4 blocks are made of.

#ifndef CK_SHUFFLES_H
#define CK_SHUFFLES_H

/// Of each quarter of four lanes, lanes i and j of a and b in turn.
#define CK_PAIRS(a, b, i, j)                                                                \
  __builtin_shufflevector(                                                                  \
    a, b, i, 16 + i, j, 16 + j, 4 + i, 20 + i, 4 + j, 20 + j, 8 + i, 24 + i, 8 + j, 24 + j, \
    12 + i, 28 + i, 12 + j, 28 + j)

/// Of each quarter of four lanes, the two from i on of a, then of b.
#define CK_HALVES(a, b, i)                                                                      \
  __builtin_shufflevector(                                                                      \
    a, b, i, i + 1, 16 + i, 17 + i, 4 + i, 5 + i, 20 + i, 21 + i, 8 + i, 9 + i, 24 + i, 25 + i, \
    12 + i, 13 + i, 28 + i, 29 + i)

#endif
