// The kernels for AVX2 with FMA and F16C (Intel since Haswell 2013, AMD since Zen 2017).
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define NT_TABLE nt_kernels_avx2
#define NT_NAME "avx2"
#include "simd/vector_avx2.h"
#include "simd/transpose_x86.h"
#include "simd/functions.h"
#include "simd/tile.h"
#include "simd/linear.h"
#include "simd/narrow_shared.h"
#include "simd/int8_avx2.h"
#include "simd/int8.h"
#include "simd/bf16_wide.h"
#include "simd/bf16.h"
#include "simd/attention_tile.h"
#include "simd/attention.h"
#include "simd/rows.h"
#include "simd/probe.h"
#include "simd/scan_avx2.h"
#include "simd/scan.h"
#include "simd/codes_dot.h"
#include "simd/table.h"
#pragma clang attribute pop

#endif
