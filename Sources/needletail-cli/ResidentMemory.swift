#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much memory of the process is in use.
enum ResidentMemory {
  /// Bytes, once the allocator has given back what it can; 0 on systems that do not say.
  static var settled: Int { pages.resident }

  /// Those of ``settled`` that are no file's, so that mapped files do not count.
  static var anonymous: Int {
    let pages = pages
    return pages.resident - pages.ofFiles
  }

  /// ``anonymous`` as it is now, with what the allocator keeps.
  static var anonymousNow: Int {
    let pages = counted
    return pages.resident - pages.ofFiles
  }

  private static var pages: (resident: Int, ofFiles: Int) {
    #if canImport(Glibc)
      // The C library's module map leaves malloc.h out.
      if let symbol = unsafe dlsym(nil, "malloc_trim") {
        let trim = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
        _ = trim(0)
      }
    #endif
    return counted
  }

  private static var counted: (resident: Int, ofFiles: Int) {
    #if canImport(Glibc)
      guard let file = unsafe fopen("/proc/self/statm", "r") else { return (0, 0) }
      defer { _ = unsafe fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = unsafe fread(&bytes, 1, bytes.count, file)
      let fields = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
      let sizes = fields.map { (Int($0) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) }
      return sizes.count > 2 ? (sizes[1], sizes[2]) : (0, 0)
    #else
      return (0, 0)
    #endif
  }
}
