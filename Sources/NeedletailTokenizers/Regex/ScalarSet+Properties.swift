internal import CNeedletailAssets

extension ScalarSet {
  /// The set of a property such as `lu`, of a POSIX bracket such as `[:alpha:]`, or of one of the escapes `\d`, `\h`,
  /// `\s` and `\w`, in brackets `[\w]`; `nil` for a name that is not in the generated tables.
  init?(named name: String) {
    guard let index = Self.names[name] else { return nil }
    self.init(
      (nt_regex_property_start(index)..<nt_regex_property_end(index)).map {
        nt_regex_range_first($0)...nt_regex_range_last($0)
      })
  }

  /// A property's name as the tables have it: without case, spaces, hyphens and underscores.
  static func normalized(_ name: some StringProtocol) -> String {
    String(String.UnicodeScalarView(name.unicodeScalars.filter { $0 != " " && $0 != "-" && $0 != "_" })).lowercased()
  }

  private static let names: [String: UInt32] = {
    var result: [String: UInt32] = [:]
    for index in 0..<nt_regex_property_count { unsafe result[String(cString: nt_regex_property_name(index))] = index }
    return result
  }()
}
