// Which tables this build holds, and which of them this processor can run.
#include "kernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

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

static bool nt_has_avxvnni(void) { return nt_has_avx2() && __builtin_cpu_supports("avxvnni"); }
static bool nt_has_avx512vnni(void) { return nt_has_avx512() && __builtin_cpu_supports("avx512vnni"); }
static bool nt_has_avx512bf16(void) {
  return nt_has_avx512vnni() && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vpopcntdq");
}
#elif defined(__aarch64__) && defined(__linux__)
// The bits of the kernel's interface (Documentation/arch/arm64/elf_hwcaps.rst).
static bool nt_has_neondot(void) { return getauxval(AT_HWCAP) >> 20 & 1; }  // ASIMDDP
static bool nt_has_neoni8mm(void) {
  const unsigned long bits = getauxval(AT_HWCAP2);
  return nt_has_neondot() && (bits >> 13 & 1) && (bits >> 14 & 1);  // I8MM, BF16
}
#elif defined(__aarch64__) && defined(__APPLE__)
static bool nt_has(const char *name) {
  int32_t value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}
static bool nt_has_neondot(void) { return nt_has("hw.optional.arm.FEAT_DotProd"); }
static bool nt_has_neoni8mm(void) {
  return nt_has_neondot() && nt_has("hw.optional.arm.FEAT_I8MM") && nt_has("hw.optional.arm.FEAT_BF16");
}
#elif defined(__aarch64__)
static bool nt_has_neondot(void) { return false; }
static bool nt_has_neoni8mm(void) { return false; }
#endif

static const struct {
  const nt_kernels *kernels;
  nt_test runs;
} nt_tables[] = {
    {&nt_kernels_portable, nt_always},
#if defined(__x86_64__)
    {&nt_kernels_avx2, nt_has_avx2},
    {&nt_kernels_avxvnni, nt_has_avxvnni},
    {&nt_kernels_avx512, nt_has_avx512},
    {&nt_kernels_avx512vnni, nt_has_avx512vnni},
    {&nt_kernels_avx512bf16, nt_has_avx512bf16},
#elif defined(__aarch64__)
    {&nt_kernels_neon, nt_always},  // Advanced SIMD is part of every AArch64 processor
    {&nt_kernels_neondot, nt_has_neondot},
    {&nt_kernels_neoni8mm, nt_has_neoni8mm},
#endif
};

int32_t nt_kernels_count(void) { return (int32_t)(sizeof nt_tables / sizeof nt_tables[0]); }

const nt_kernels *nt_kernels_at(int32_t index) {
  if (index < 0 || index >= nt_kernels_count() || !nt_tables[index].runs()) return NULL;
  return nt_tables[index].kernels;
}
