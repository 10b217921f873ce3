// Matrix products in float32.

#ifndef CK_GEMM_H
#define CK_GEMM_H

#include <stddef.h>

/// The type of a matrix's elements.
enum ck_type { CK_FLOAT32 = 0, CK_BFLOAT16 = 1 };

enum ck_activation { CK_IDENTITY = 0, CK_GELU = 1 };

/// What happens to each element of a product after the last term of its sum:
/// y = activation(beta C + alpha A B + bias).
typedef struct ck_epilogue {
  const float *bias;     // [n], or NULL
  int activation;        // one of ck_activation
  float *preactivation;  // [m, n] with C's row stride: receives y before activation; or NULL
} ck_epilogue;

/// Bytes of scratch memory, aligned to 64, that ck_gemm_f32 needs for these sizes and
/// ck_thread_limit() threads.
size_t ck_gemm_scratch(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

/// C = beta C + alpha A B, then the epilogue (NULL for none). A: [m, k] and B: [k, n] with any row
/// and column strides, in elements; C: [m, n], rows c_row apart. With beta = 0, C is not read.
/// The order of each sum depends on m, n, k and the strides alone, never on the threads.
void ck_gemm_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const float *b, ptrdiff_t b_row, ptrdiff_t b_column, float beta, float *c,
  ptrdiff_t c_row, const ck_epilogue *epilogue, void *scratch);

/// Bytes of scratch memory, aligned to 64, that ck_gemm_batched_f32 needs for these sizes and
/// ck_thread_limit() threads.
size_t ck_gemm_batched_scratch(ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

/// C[i] = beta C[i] + alpha A[i] B[i] for i in [0, count): as ck_gemm_f32, with successive
/// matrices a_batch, b_batch and c_batch elements apart.
void ck_gemm_batched_f32(
  ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *a,
  ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_batch, const float *b, ptrdiff_t b_row,
  ptrdiff_t b_column, ptrdiff_t b_batch, float beta, float *c, ptrdiff_t c_row, ptrdiff_t c_batch,
  void *scratch);

/// For tests: makes the products use one instruction set. 0 chooses the best that the processor
/// has, 1 is portable, 2 AVX2, 3 AVX-512; one that the processor lacks gives the best below it.
/// Sizes of scratch memory from before no longer hold.
void ck_gemm_select(int isa);

/// The instruction set in use: 1 portable, 2 AVX2, 3 AVX-512.
int ck_isa(void);

/// Its name: "portable", "avx2" or "avx512".
const char *ck_isa_name(void);

#endif
