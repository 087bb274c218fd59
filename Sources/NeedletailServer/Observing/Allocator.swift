#if Server
  #if canImport(Glibc)
    internal import Glibc
  #endif

  /// What the C library's allocator is told.
  enum Allocator {
    /// Has it give memory back that a load needed for a moment.
    ///
    /// The threads share few pools, and large pieces come straight from the system. Elsewhere than with glibc it does so
    /// by itself.
    static func keepLittle() {
      #if canImport(Glibc)
        // The C library's module map leaves malloc.h out; the numbers are M_ARENA_MAX, M_MMAP_THRESHOLD and
        // M_TRIM_THRESHOLD there.
        guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
        let mallopt = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
        _ = mallopt(-8, 2)
        _ = mallopt(-3, 1 << 20)
        _ = mallopt(-1, 8 << 20)
      #endif
    }
  }
#endif
