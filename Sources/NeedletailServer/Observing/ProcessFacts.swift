#if Server
  #if canImport(Glibc)
    internal import Glibc
  #elseif canImport(Musl)
    internal import Musl
  #elseif canImport(Darwin)
    internal import Darwin
  #endif

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  /// What the system says about this process.
  enum ProcessFacts {
    private static let start = Date().timeIntervalSince1970

    /// Notes when the process began.
    static func begin() { _ = start }

    /// Bytes in memory; the most that there ever were where the system does not say more.
    static var residentBytes: Int {
      #if os(Linux)
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
          let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        {
          return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
        }
      #endif
      return Int(usage.ru_maxrss) * (isDarwin ? 1 : 1024)
    }

    private static var isDarwin: Bool {
      #if canImport(Darwin)
        true
      #else
        false
      #endif
    }

    private static var usage: rusage {
      var usage = rusage()
      #if canImport(Glibc)
        _ = unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
      #else
        _ = unsafe getrusage(RUSAGE_SELF, &usage)
      #endif
      return usage
    }

    /// Seconds of processors.
    static var processorSeconds: Double {
      func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
      return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The lines that Prometheus' own clients give.
    static func write(to text: inout String) {
      for (name, type, help, value) in [
        ("process_resident_memory_bytes", "gauge", "Bytes in memory.", "\(residentBytes)"),
        ("process_cpu_seconds_total", "counter", "Seconds of processors.", "\(processorSeconds)"),
        ("process_start_time_seconds", "gauge", "When the process began, since 1970.", "\(start)"),
      ] {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n\(name) \(value)\n"
      }
    }

    /// Lets the process have as many open files as the system allows; each connection is one.
    static func raiseFileLimit() {
      var limit = rlimit()
      #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      #else
        let resource = RLIMIT_NOFILE
      #endif
      guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
      limit.rlim_cur = min(limit.rlim_max, 1 << 16)
      _ = unsafe setrlimit(resource, &limit)
    }
  }
#endif
