// The kernels for Advanced SIMD with int8 and bf16 matrix products (Neoverse V1 2020, Apple M2 2022 and later).
#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("dotprod,i8mm,bf16"))), apply_to = function)
#define NT_TABLE nt_kernels_neoni8mm
#define NT_NAME "neoni8mm"
#define NT_DOT
#include "simd/vector_neon.h"
#include "simd/functions.h"
#include "simd/tile.h"
#include "simd/linear.h"
#include "simd/narrow_shared.h"
#include "simd/int8_neoni8mm.h"
#include "simd/int8_neonbytes.h"
#include "simd/int8.h"
#include "simd/bf16_neonmatrix.h"
#include "simd/bf16_rounded.h"
#include "simd/bf16.h"
#include "simd/attention_tile.h"
#include "simd/attention.h"
#include "simd/rows.h"
#include "simd/probe.h"
#include "simd/scan_neon.h"
#include "simd/scan.h"
#include "simd/codes_dot.h"
#include "simd/table.h"
#pragma clang attribute pop

#endif
