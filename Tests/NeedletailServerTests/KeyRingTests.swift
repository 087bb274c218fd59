#if Server
  import NeedletailServer
  import NeedletailTestSupport
  import Testing

  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  /// Who may ask.
  @Suite("Keys")
  struct KeyRingTests {
    @Test("a key is known by itself alone")
    func entries() {
      var keys = KeyRing()
      let (first, second) = (keys.make(name: "page", scope: .read), keys.make(name: "tools", scope: .admin))
      #expect(first != second && first.hasPrefix("nt-") && first.count == 67)
      #expect(keys.entry(first)?.name == "page" && keys.entry(second)?.scope == .admin)
      for wrong in ["", "nt-", String(first.dropLast()), first + "0", first.uppercased()] {
        #expect(keys.entry(wrong) == nil)
      }
      #expect(keys.remove("page") && !keys.remove("page"))
      #expect(keys.entry(first) == nil && keys.entry(second) != nil)
    }

    @Test("a file of keys holds no key, is for its owner only, and reads back as it was")
    func file() throws {
      let folder = try TemporaryFolder()
      let url = URL(filePath: folder.path + "/keys.json")
      var keys = KeyRing()
      let key = keys.make(name: "a \"name\"", scope: .write)
      keys.add("of their own", name: "own", scope: .read)
      try keys.write(to: url)
      let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
      #expect(!text.contains(key) && !text.contains("of their own"))
      let mode = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let read = try KeyRing(contentsOf: url)
      #expect(read.entries == keys.entries)
      #expect(read.entry(key)?.name == "a \"name\"" && read.entry("of their own")?.scope == .read)
    }

    @Test(
      "a file that is none is refused, and named",
      arguments: [
        "", "[]", "{}", #"{"keys": [{}]}"#, #"{"keys": [{"name": "a", "scope": "all", "sha256": ""}]}"#,
        #"{"keys": [{"name": "a", "scope": "read", "sha256": "00"}]}"#,
        #"{"keys": [{"name": "a", "scope": "read", "sha256": "\#(String(repeating: "g", count: 64))"}]}"#,
      ])
    func refused(_ text: String) throws {
      let folder = try TemporaryFolder()
      let path = try folder.write("keys.json", text)
      let error = #expect(throws: ServerError.self) { try KeyRing(contentsOf: URL(filePath: path)) }
      #expect(try #require(error).message.contains(path))
    }

    @Test("a scope allows what those before it do")
    func scopes() {
      #expect(Scope.read < .write && Scope.write < .admin && !(Scope.admin < .read))
    }
  }
#endif
