#if Server
  /// Where requests go.
  package struct LoadTarget: Sendable, Equatable {
    /// A socket of the network or of the file system.
    package enum Address: Sendable, Equatable {
      case network(host: String, port: Int)
      case file(String)
    }

    package let address: Address
    /// The path that the address names; `nil` where the dialect decides.
    package let path: String?

    /// Reads `http://host:port`, `http://host:port/path` or `unix:/path/of/socket`.
    ///
    /// - Throws: ``LoadError`` for anything else.
    package init(_ text: String) throws(LoadError) {
      if text.hasPrefix("unix:") {
        let file = String(text.dropFirst("unix:".count))
        guard file.hasPrefix("/") else { throw LoadError(text, "expected unix:/ and the path of a socket") }
        (address, path) = (.file(file), nil)
        return
      }
      guard text.hasPrefix("http://") else {
        throw LoadError(text, "expected an address such as http://127.0.0.1:8080 or unix:/run/needletail.sock")
      }
      let rest = text.dropFirst("http://".count)
      let authority = rest.prefix { $0 != "/" }
      let path = rest.dropFirst(authority.count)
      guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        throw LoadError(text, "its path should be printable ASCII without spaces")
      }
      self.path = path.isEmpty || path == "/" ? nil : String(path)
      address = try Self.network(authority, text)
    }

    /// What the header `Host` says.
    var host: String {
      switch address {
      case .network(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
      case .file: "localhost"
      }
    }

    private static func network(_ authority: Substring, _ text: String) throws(LoadError) -> Address {
      var host = authority, port = Substring("80")
      // The colons inside an IPv6 address in brackets separate nothing.
      if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
        (host, port) = (authority[..<colon], authority[authority.index(after: colon)...])
      }
      if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
      let isPlain = host.utf8.allSatisfy { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"):
          true
        default: false
        }
      }
      guard !host.isEmpty, isPlain, let number = Int(port), (1...65_535).contains(number) else {
        throw LoadError(text, "expected a host and a port from 1 to 65535, as in http://127.0.0.1:8080")
      }
      return .network(host: String(host), port: number)
    }
  }
#endif
