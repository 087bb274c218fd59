#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The most memory that the process held so far.
enum PeakMemory {
  static var bytes: Int {
    var usage = rusage()
    // RUSAGE_SELF, whose type differs from system to system.
    unsafe getrusage(0, &usage)
    #if canImport(Darwin)
      return usage.ru_maxrss
    #else
      return usage.ru_maxrss * 1024
    #endif
  }
}
