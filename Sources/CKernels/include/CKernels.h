// The C kernels: loops over plain memory that know pointers, sizes and scalars, and nothing else.

#ifndef CK_KERNELS_H
#define CK_KERNELS_H

#include "ck_attention.h"
#include "ck_channel_norm.h"
#include "ck_convert.h"
#include "ck_convolution.h"
#include "ck_cross_entropy.h"
#include "ck_dropout.h"
#include "ck_elementwise.h"
#include "ck_gemm.h"
#include "ck_image.h"
#include "ck_int8.h"
#include "ck_losses.h"
#include "ck_normalization.h"
#include "ck_optimizer.h"
#include "ck_pool.h"
#include "ck_random.h"
#include "ck_recurrent.h"
#include "ck_rows.h"
#include "ck_search.h"
#include "ck_step_attention.h"

#endif
