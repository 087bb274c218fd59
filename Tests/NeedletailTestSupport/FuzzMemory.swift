internal import Foundation

/// The memory of the process while a reader is fuzzed, as Linux tells it; all zeros elsewhere.
struct FuzzMemory: CustomStringConvertible {
  /// How far the peak may be above the start.
  static let peakBound = 256 << 20
  /// How much more may be in use at the end than after the first fifth of the inputs.
  static let growthBound = 32 << 20

  private let start: Int
  private var ends: [Int] = []
  private var peak = 0

  init() {
    // Sets the peak back to what is in use now.
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    start = Self.bytes("VmRSS:")
  }

  /// Called after the first fifth and at the end.
  mutating func measure() {
    ends.append(Self.bytes("VmRSS:"))
    peak = max(peak, Self.bytes("VmHWM:"))
  }

  private var growth: Int { (ends.last ?? 0) - (ends.first ?? 0) }

  var problems: [String] {
    var problems: [String] = []
    if peak - start > Self.peakBound {
      problems.append("memory rose by \((peak - start) >> 20) MiB at its peak, more than \(Self.peakBound >> 20)")
    }
    if growth > Self.growthBound {
      problems.append("memory grew by \(growth >> 20) MiB on the way, more than \(Self.growthBound >> 20)")
    }
    return problems
  }

  var description: String {
    "peak \(peak >> 20) MiB, \((peak - start) >> 20) above the start, \(growth >> 10) KiB more at the end"
  }

  private static func bytes(_ key: String) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
      let number = line.split(whereSeparator: { !$0.isNumber }).first, let kibibytes = Int(number)
    else { return 0 }
    return kibibytes << 10
  }
}
