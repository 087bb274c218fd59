// The kernels for Advanced SIMD, which every AArch64 processor has.
#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

#include "kernels.h"

#define NT_TABLE nt_kernels_neon
#define NT_NAME "neon"
#include "simd/vector_neon.h"
#include "simd/functions.h"
#include "simd/tile.h"
#include "simd/linear.h"
#include "simd/narrow_shared.h"
#include "simd/int8_neon.h"
#include "simd/int8.h"
#include "simd/bf16_wide.h"
#include "simd/bf16.h"
#include "simd/attention_tile.h"
#include "simd/attention.h"
#include "simd/rows.h"
#include "simd/probe.h"
#include "simd/scan_neon.h"
#include "simd/scan.h"
#include "simd/codes_dot.h"
#include "simd/table.h"

#endif
