// CRC-32C (Castagnoli), the checksum of iSCSI (RFC 3720, appendix B.4): with the processor's own instruction where it has
// one, and by table.
#include <string.h>

#include "CNeedletail.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

// The remainders of the 16 values of four bits for the reversed polynomial 0x82F63B78.
static const uint32_t nt_crc32c_table[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t nt_crc32c_portable(uint32_t crc, const void *_Nonnull bytes, size_t count) {
  const uint8_t *next = bytes;
  crc = ~crc;
  for (; count > 0; count--) {
    crc ^= *next++;
    crc = nt_crc32c_table[crc & 15] ^ crc >> 4;
    crc = nt_crc32c_table[crc & 15] ^ crc >> 4;
  }
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t nt_crc32c_own(uint32_t crc, const uint8_t *next, size_t count) {
  uint64_t wide = ~crc;
  for (; count >= 8; count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  uint32_t narrow = (uint32_t)wide;
  for (; count > 0; count--) narrow = __builtin_ia32_crc32qi(narrow, *next++);
  return ~narrow;
}

static bool nt_has_crc32c(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__)
__attribute__((target("crc"))) static uint32_t nt_crc32c_own(uint32_t crc, const uint8_t *next, size_t count) {
  crc = ~crc;
  for (; count >= 8; count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    crc = __builtin_arm_crc32cd(crc, word);
  }
  for (; count > 0; count--) crc = __builtin_arm_crc32cb(crc, *next++);
  return ~crc;
}

#if defined(__linux__)
static bool nt_has_crc32c(void) { return getauxval(AT_HWCAP) >> 7 & 1; }  // CRC32
#else
static bool nt_has_crc32c(void) { return true; }  // part of every processor of Apple's that runs this
#endif
#endif

uint32_t nt_crc32c(uint32_t crc, const void *_Nonnull bytes, size_t count) {
#if defined(__x86_64__) || defined(__aarch64__)
  if (nt_has_crc32c()) return nt_crc32c_own(crc, bytes, count);
#endif
  return nt_crc32c_portable(crc, bytes, count);
}
