// The kernels for AVX-512 with VNNI, BF16 and VPOPCNTDQ (Intel since Sapphire Rapids 2023, AMD since Zen 4 2022).
#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx512vpopcntdq"))), apply_to = function)
#define NT_TABLE nt_kernels_avx512bf16
#define NT_NAME "avx512bf16"
#define NT_VNNI
#define NT_VPOPCNT
#define NT_BF16
#include "simd/vector_avx512.h"
#include "simd/transpose_x86.h"
#include "simd/functions.h"
#include "simd/tile.h"
#include "simd/linear.h"
#include "simd/narrow_shared.h"
#include "simd/int8_avx512vnni.h"
#include "simd/int8.h"
#include "simd/bf16_avx512.h"
#include "simd/bf16_rounded.h"
#include "simd/bf16.h"
#include "simd/attention_tile.h"
#include "simd/attention.h"
#include "simd/rows.h"
#include "simd/probe.h"
#include "simd/scan_avx512.h"
#include "simd/scan.h"
#include "simd/codes_dot.h"
#include "simd/table.h"
#pragma clang attribute pop

#endif
