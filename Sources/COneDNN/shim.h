// oneDNN's matrix product as the benchmarks use it: the yardstick of our own. The library is opened
// when it is first asked for and not linked, so that no other use of the program loads it.
#ifndef SEQAE_CONEDNN_SHIM_H
#define SEQAE_CONEDNN_SHIM_H

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdint.h>
#include <stdlib.h>

#define ONEDNN_TEXT_OF(x) #x
#define ONEDNN_TEXT(x) ONEDNN_TEXT_OF(x)
/// The file that the header belongs to.
#define ONEDNN_FILE "libdnnl.so." ONEDNN_TEXT(DNNL_VERSION_MAJOR)

/// What a product is made of. Element (i, j) of matrix b lies b strides[0] + i strides[1] +
/// j strides[2] elements after `data`.
typedef struct onednn_matrix {
  void *data;
  int64_t strides[3];
} onednn_matrix;

/// C[b] = A[b] B[b] for b in [0, batch): A [m, k], B [k, n], C [m, n].
typedef struct onednn_sizes {
  int64_t batch, m, n, k;
} onednn_sizes;

/// A product that is ready to be computed again and again.
typedef struct onednn_product {
  dnnl_stream_t stream;
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t arguments[3];
  void *packed;  // B in the library's own layout, or NULL
} onednn_product;

#if DNNL_VERSION_MAJOR == 2

#define ONEDNN_FUNCTIONS(use)                                                         \
  use(dnnl_version) use(dnnl_engine_create) use(dnnl_stream_create)                   \
  use(dnnl_stream_wait) use(dnnl_memory_desc_init_by_strides)                         \
  use(dnnl_memory_desc_init_by_tag) use(dnnl_memory_desc_get_size)                    \
  use(dnnl_memory_create) use(dnnl_matmul_desc_init) use(dnnl_primitive_desc_create)  \
  use(dnnl_primitive_desc_query_md) use(dnnl_reorder_primitive_desc_create)           \
  use(dnnl_primitive_create) use(dnnl_primitive_execute)

/// The library's functions.
typedef struct onednn_library {
#define ONEDNN_FIELD(name) __typeof__(&name) name;
  ONEDNN_FUNCTIONS(ONEDNN_FIELD)
#undef ONEDNN_FIELD
} onednn_library;

/// Opens the library; returns NULL where it can't be.
static inline const onednn_library *onednn_open(void) {
  static onednn_library library;
  static void *file;
  if (file) return &library;
  void *opened = dlopen(ONEDNN_FILE, RTLD_NOW | RTLD_LOCAL);
  if (!opened) return NULL;
#define ONEDNN_LOAD(name)                                              \
  library.name = (__typeof__(&name))dlsym(opened, #name);              \
  if (!library.name) return NULL;
  ONEDNN_FUNCTIONS(ONEDNN_LOAD)
#undef ONEDNN_LOAD
  file = opened;
  return &library;
}

/// Writes the library's version; returns 0, or 1 where it can't be opened.
static inline int onednn_version(int version[3]) {
  const onednn_library *library = onednn_open();
  if (!library) return 1;
  const dnnl_version_t *found = library->dnnl_version();
  version[0] = found->major;
  version[1] = found->minor;
  version[2] = found->patch;
  return 0;
}

/// Computes the product once.
static inline int onednn_run(const onednn_product *product) {
  const onednn_library *library = onednn_open();
  if (!library) return dnnl_runtime_error;
  dnnl_status_t status =
    library->dnnl_primitive_execute(product->primitive, product->stream, 3, product->arguments);
  return status == dnnl_success ? library->dnnl_stream_wait(product->stream) : status;
}

#define ONEDNN_TRY(call)                           \
  do {                                             \
    dnnl_status_t status = library->call;          \
    if (status != dnnl_success) return (int)status; \
  } while (0)

/// Lays out B as `target` says, in memory of its own.
static inline int onednn_pack(const onednn_library *library, onednn_product *product,
                              dnnl_engine_t engine, const dnnl_memory_desc_t *source, void *data,
                              const dnnl_memory_desc_t *target) {
  size_t size = library->dnnl_memory_desc_get_size(target);
  product->packed = aligned_alloc(64, (size + 63) / 64 * 64);
  if (!product->packed) return dnnl_out_of_memory;
  dnnl_memory_t from, to;
  ONEDNN_TRY(dnnl_memory_create(&from, source, engine, data));
  ONEDNN_TRY(dnnl_memory_create(&to, target, engine, product->packed));
  dnnl_primitive_desc_t plan;
  dnnl_primitive_t primitive;
  ONEDNN_TRY(dnnl_reorder_primitive_desc_create(&plan, source, engine, target, engine, NULL));
  ONEDNN_TRY(dnnl_primitive_create(&primitive, plan));
  dnnl_exec_arg_t arguments[2] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  ONEDNN_TRY(dnnl_primitive_execute(primitive, product->stream, 2, arguments));
  ONEDNN_TRY(dnnl_stream_wait(product->stream));
  product->arguments[1].memory = to;
  return dnnl_success;
}

/// Readies a product of float32 matrices, or of bfloat16 ones. With `packs`, B is copied into the
/// library's own layout first. Returns 0 or the library's error. What it makes lasts as long as the
/// process: a benchmark makes a few dozen.
static inline int onednn_prepare(onednn_product *product, onednn_sizes s, int is_bfloat16,
                                 onednn_matrix a, onednn_matrix b, onednn_matrix c, int packs) {
  const onednn_library *library = onednn_open();
  if (!library) return dnnl_runtime_error;
  *product = (onednn_product){0};
  dnnl_engine_t engine;
  ONEDNN_TRY(dnnl_engine_create(&engine, dnnl_cpu, 0));
  ONEDNN_TRY(dnnl_stream_create(&product->stream, engine, dnnl_stream_default_flags));
  // One matrix has two axes: three with a batch of 1 are another path through the library.
  const int skip = s.batch == 1, axes = 3 - skip;
  const dnnl_data_type_t type = is_bfloat16 ? dnnl_bf16 : dnnl_f32;
  dnnl_dims_t a_sizes = {s.batch, s.m, s.k}, b_sizes = {s.batch, s.k, s.n};
  dnnl_dims_t c_sizes = {s.batch, s.m, s.n};
  dnnl_memory_desc_t a_form, b_form, c_form, wanted;
  ONEDNN_TRY(
    dnnl_memory_desc_init_by_strides(&a_form, axes, a_sizes + skip, type, a.strides + skip));
  ONEDNN_TRY(
    dnnl_memory_desc_init_by_strides(&b_form, axes, b_sizes + skip, type, b.strides + skip));
  ONEDNN_TRY(
    dnnl_memory_desc_init_by_strides(&c_form, axes, c_sizes + skip, type, c.strides + skip));
  wanted = b_form;
  if (packs) {
    ONEDNN_TRY(dnnl_memory_desc_init_by_tag(
      &wanted, axes, b_sizes + skip, type, dnnl_format_tag_any));
  }
  dnnl_matmul_desc_t matmul;
  dnnl_primitive_desc_t plan;
  ONEDNN_TRY(dnnl_matmul_desc_init(&matmul, &a_form, &wanted, NULL, &c_form));
  ONEDNN_TRY(dnnl_primitive_desc_create(&plan, &matmul, NULL, engine, NULL));
  ONEDNN_TRY(dnnl_primitive_create(&product->primitive, plan));
  product->arguments[0].arg = DNNL_ARG_SRC;
  product->arguments[1].arg = DNNL_ARG_WEIGHTS;
  product->arguments[2].arg = DNNL_ARG_DST;
  ONEDNN_TRY(dnnl_memory_create(&product->arguments[0].memory, &a_form, engine, a.data));
  ONEDNN_TRY(dnnl_memory_create(&product->arguments[2].memory, &c_form, engine, c.data));
  if (packs) {
    const dnnl_memory_desc_t *chosen =
      library->dnnl_primitive_desc_query_md(plan, dnnl_query_weights_md, 0);
    return onednn_pack(library, product, engine, &b_form, b.data, chosen);
  }
  ONEDNN_TRY(dnnl_memory_create(&product->arguments[1].memory, &b_form, engine, b.data));
  return dnnl_success;
}

#else

// Another major version has another interface, which is treated as if it were not there.
static inline int onednn_version(int version[3]) { return 1; }
static inline int onednn_run(const onednn_product *product) { return dnnl_unimplemented; }
static inline int onednn_prepare(onednn_product *product, onednn_sizes s, int is_bfloat16,
                                 onednn_matrix a, onednn_matrix b, onednn_matrix c, int packs) {
  return dnnl_unimplemented;
}

#endif

#endif
