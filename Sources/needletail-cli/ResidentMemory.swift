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
  static var settled: Int {
    #if canImport(Glibc)
      // The C library's module map leaves malloc.h out.
      if let symbol = unsafe dlsym(nil, "malloc_trim") {
        let trim = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
        _ = trim(0)
      }
      guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
      defer { _ = unsafe fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = unsafe fread(&bytes, 1, bytes.count, file)
      let fields = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
      return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    #else
      return 0
    #endif
  }
}
