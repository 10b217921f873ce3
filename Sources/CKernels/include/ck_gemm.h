// Matrix products in float32 and bfloat16.

#ifndef CK_GEMM_H
#define CK_GEMM_H

#include <stddef.h>
#include <stdint.h>

/// The numbers of a matrix: float, or the upper half of one in a uint16_t.
enum ck_type { CK_FLOAT32 = 0, CK_BFLOAT16 = 1 };

enum ck_activation { CK_IDENTITY = 0, CK_GELU = 1, CK_RELU = 2 };

/// What happens to each element of a product after the last term of its sum, in float32:
/// s = beta C + alpha A B + bias, y = activation(s) factor. Derivative and factor are [m, n] of C's
/// type with C's row stride.
typedef struct ck_epilogue {
  const float *bias;   // [n], or NULL
  int activation;      // one of ck_activation
  void *derivative;    // receives activation'(s); or NULL
  const void *factor;  // or NULL
} ck_epilogue;

/// Bytes of scratch memory, aligned to 64, that ck_gemm_f32 needs for these sizes and
/// ck_thread_limit() threads.
size_t ck_gemm_scratch(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

/// C = beta C + alpha A B, then the epilogue (NULL for none). A: [m, k] and B: [k, n] with any row
/// and column strides, in elements; C: [m, n], rows c_row apart. With beta = 0, C is not read.
/// The order of each sum depends on m, n, k and the strides alone, never on the threads. B may be
/// given as ck_gemm_pack left it, too (else NULL): products of CK_PACKED_ROWS rows or more take that,
/// and all if b is NULL, with strides of zero.
void ck_gemm_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const float *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const float *b, ptrdiff_t b_row, ptrdiff_t b_column, const void *packed,
  float beta, float *c, ptrdiff_t c_row, const ck_epilogue *epilogue, void *scratch);

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

/// As ck_gemm_scratch, for ck_gemm_bf16.
size_t ck_gemm_bf16_scratch(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

/// As ck_gemm_f32 for A and B in bfloat16; C's numbers are of c_type (one of ck_type). All terms of
/// an element are summed in float32 before it is rounded, once, to the nearest. Denormal numbers
/// count as zero where the processor's instructions take them so.
void ck_gemm_bf16(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const uint16_t *a, ptrdiff_t a_row,
  ptrdiff_t a_column, const uint16_t *b, ptrdiff_t b_row, ptrdiff_t b_column, const void *packed,
  float beta, void *c, ptrdiff_t c_row, int c_type, const ck_epilogue *epilogue, void *scratch);

/// The fewest rows with which products take packed columns.
enum { CK_PACKED_ROWS = 5 };

/// Bytes that B [k, n], of `type`, takes when packed for many products; 0 where packing gains
/// nothing, since no kernel takes the type.
size_t ck_gemm_packed_size(int type, ptrdiff_t n, ptrdiff_t k);

/// Packs B [k, n], with any strides in elements, to `packed`, aligned to 64. No other instruction
/// set can read that.
void ck_gemm_pack(
  int type, ptrdiff_t n, ptrdiff_t k, const void *b, ptrdiff_t b_row, ptrdiff_t b_column,
  void *packed);

/// As ck_gemm_batched_scratch, for ck_gemm_batched_bf16.
size_t ck_gemm_batched_bf16_scratch(ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);

/// As ck_gemm_batched_f32 for A and B in bfloat16, C of c_type.
void ck_gemm_batched_bf16(
  ptrdiff_t count, ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, float alpha, const uint16_t *a,
  ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t a_batch, const uint16_t *b, ptrdiff_t b_row,
  ptrdiff_t b_column, ptrdiff_t b_batch, float beta, void *c, ptrdiff_t c_row, ptrdiff_t c_batch,
  int c_type, void *scratch);

/// For tests: makes the products use one instruction set. 0 chooses the best that the processor
/// has, 1 is portable, 2 AVX2, 3 AVX-512, 4 AVX-512 with bfloat16; one that the processor lacks
/// gives the best below it. Sizes of scratch memory from before no longer hold.
void ck_gemm_select(int isa);

/// The instruction set in use: 1 portable, 2 AVX2, 3 AVX-512, 4 AVX-512 with bfloat16.
int ck_isa(void);

/// Its name: "portable", "avx2", "avx512" or "avx512bf16".
const char *ck_isa_name(void);

#endif
