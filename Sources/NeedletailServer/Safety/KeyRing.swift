#if Server
  internal import Crypto
  internal import NeedletailJSON

  #if canImport(FoundationEssentials)
    public import FoundationEssentials
  #else
    public import Foundation
  #endif

  /// The keys that the server knows, as hashes: who reads the file learns no key.
  ///
  /// Keys are random and long, so one SHA-256 is enough; it is not for passwords.
  public struct KeyRing: Sendable {
    /// A key's name, what it allows, and the hash that it is known by.
    public struct Entry: Sendable, Equatable {
      /// For people.
      public let name: String
      /// What it allows.
      public let scope: Scope
      /// SHA-256 of the key, 32 bytes.
      let hash: [UInt8]
    }

    /// The keys, in their order.
    public private(set) var entries: [Entry] = []

    /// No keys: everybody may do everything.
    public init() {}

    /// Adds a key that the caller has.
    public mutating func add(_ key: String, name: String, scope: Scope) {
      entries.append(Entry(name: name, scope: scope, hash: Array(SHA256.hash(data: Array(key.utf8)))))
    }

    /// Makes a key of 256 random bits and adds it.
    ///
    /// - Returns: The key; only its hash is kept.
    public mutating func make(name: String, scope: Scope) -> String {
      let key = unsafe "nt-" + SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Self.hexadecimal($0) }
      add(key, name: name, scope: scope)
      return key
    }

    /// Removes the keys of a name.
    ///
    /// - Returns: Whether there was one.
    public mutating func remove(_ name: String) -> Bool {
      let count = entries.count
      entries.removeAll { $0.name == name }
      return entries.count < count
    }

    /// The entry of a key; `nil` where it is not known.
    ///
    /// Takes the same time for every key.
    package func entry(_ key: String) -> Entry? {
      let hash = Array(SHA256.hash(data: Array(key.utf8)))
      var found: Entry?
      for entry in entries {
        var difference: UInt8 = 0
        for index in hash.indices { difference |= hash[index] ^ entry.hash[index] }
        if difference == 0 { found = entry }
      }
      return found
    }

    // MARK: The file

    /// Reads a file of keys: `{"keys": [{"name", "scope", "sha256"}]}`.
    ///
    /// - Throws: ``ServerError`` with code `.failed` that names the file.
    public init(contentsOf url: URL) throws {
      do {
        let bytes = [UInt8](try Data(contentsOf: url))
        for key in try JSONDocument(parsing: bytes, subject: url.path).root.value("keys").elements {
          let scope = try key.string("scope")
          guard let scope = Scope(rawValue: scope) else {
            throw key.error(.outOfRange, "the scope \"\(scope)\" should be read, write or admin")
          }
          guard let hash = Self.bytes(try key.string("sha256")), hash.count == 32 else {
            throw key.error(.outOfRange, "sha256 should be 64 hexadecimal digits")
          }
          entries.append(Entry(name: try key.string("name"), scope: scope, hash: hash))
        }
      } catch {
        throw ServerError(.failed, "\(url.path): cannot be read as a file of keys: \(error)", cause: error)
      }
    }

    /// Writes the file whole: readers see the old one or the new one.
    public func write(to url: URL) throws {
      let keys = entries.map { entry -> JSONValue in
        .object([
          "name": .string(entry.name), "scope": .string(entry.scope.rawValue),
          "sha256": .string(Self.hexadecimal(entry.hash)),
        ])
      }
      let text = JSONValue.object(["keys": .array(keys)]).text(indented: true) + "\n"
      do {
        try Data(text.utf8).write(to: url, options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: url.path)
      } catch {
        throw ServerError(.failed, "\(url.path): cannot be written: \(error)", cause: error)
      }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
      let digits = Array("0123456789abcdef".utf8)
      return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
      let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
      guard digits.count.isMultiple(of: 2) else { return nil }
      return stride(from: 0, to: digits.count, by: 2).reduce(into: Optional([UInt8]())) { bytes, index in
        guard let high = digits[index], let low = digits[index + 1] else { return bytes = nil }
        bytes?.append(UInt8(high << 4 | low))
      }
    }
  }
#endif
