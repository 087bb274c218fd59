// Which tables this build holds, and which of them this processor can run.
#include "kernels.h"

typedef bool (*nt_test)(void);

static bool nt_always(void) { return true; }

#if defined(__x86_64__)
// These also ask the operating system whether it saves the wide registers.
static bool nt_has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static bool nt_has_avx512(void) {
  return nt_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

static const struct {
  const nt_kernels *kernels;
  nt_test runs;
} nt_tables[] = {
    {&nt_kernels_portable, nt_always},
#if defined(__x86_64__)
    {&nt_kernels_avx2, nt_has_avx2},
    {&nt_kernels_avx512, nt_has_avx512},
#elif defined(__aarch64__)
    {&nt_kernels_neon, nt_always},  // Advanced SIMD is part of every AArch64 processor
#endif
};

int32_t nt_kernels_count(void) { return (int32_t)(sizeof nt_tables / sizeof nt_tables[0]); }

const nt_kernels *nt_kernels_at(int32_t index) {
  if (index < 0 || index >= nt_kernels_count() || !nt_tables[index].runs()) return NULL;
  return nt_tables[index].kernels;
}
