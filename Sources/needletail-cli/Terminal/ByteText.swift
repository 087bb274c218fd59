/// Numbers of bytes as people read them.
enum ByteText {
  /// `412 B`, `90.9 MB`; a MB has 1,000,000 bytes.
  static func short(_ bytes: Int) -> String {
    guard bytes >= 1000 else { return "\(bytes) B" }
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
    var unit = 0
    var tenths = bytes / 100
    while tenths >= 10_000, unit < units.count - 1 {
      tenths /= 1000
      unit += 1
    }
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
