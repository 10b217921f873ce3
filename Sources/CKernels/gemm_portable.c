// The matrix product's kernels for any processor: vectors of four floats, tiles of 6 × 8.

#include "ck_bf16.h"
#include "gemm_kernels.h"

#define LANES 4
#define ROWS 6
#define TILES(F) F(1) F(2) F(3) F(4) F(5) F(6)
#define KERNELS ck_gemm_portable
#define NUMBERS 1
#define MULTIPLY_ADD(a, b, sum) ((a) * (b) + (sum))
#define ADD_PRODUCT(a, b, sum) ((sum) = loadWord(a) * (b) + (sum))

#include "gemm_template.h"
