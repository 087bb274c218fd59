// The tables of this build; every file that does arithmetic defines one of them.
#ifndef NT_KERNELS_H
#define NT_KERNELS_H

#include "CNeedletail.h"

extern const nt_kernels nt_kernels_portable;
#if defined(__x86_64__)
extern const nt_kernels nt_kernels_avx2;
extern const nt_kernels nt_kernels_avxvnni;
extern const nt_kernels nt_kernels_avx512;
extern const nt_kernels nt_kernels_avx512vnni;
extern const nt_kernels nt_kernels_avx512bf16;
#elif defined(__aarch64__)
extern const nt_kernels nt_kernels_neon;
extern const nt_kernels nt_kernels_neondot;
extern const nt_kernels nt_kernels_neoni8mm;
#endif

#endif
