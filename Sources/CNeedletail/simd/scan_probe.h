// The limit of scans of bits: bits a second that are compared and counted without leaving the registers.

/// Compares and counts `rounds` times a dozen registers; the count itself says how many bits there were.
static uint64_t nt_probe_bits(uint64_t rounds) {
  enum { chains = 8 };
  nt_scan_register sum[chains], bits = nt_scan_zero();
  const nt_scan_register ones = nt_scan_splat_u64(~(uint64_t)0);
  _Pragma("unroll") for (int i = 0; i < chains; i++) sum[i] = nt_scan_zero();
  for (; rounds > 0; rounds--) {
    _Pragma("unroll") for (int i = 0; i < chains; i++) {
      NT_KEEP(bits);
      sum[i] = nt_scan_count(sum[i], nt_scan_xor(bits, ones));
    }
  }
  uint64_t lanes[chains * sizeof *sum / sizeof(uint64_t)], count = 0;
  memcpy(lanes, sum, sizeof sum);
  for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++) count += lanes[i];
  return count;
}
