#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the environment says about the hub and the store, read as Python's `huggingface_hub` reads it.
struct HubSettings: Sendable {
  /// The hub's address without a slash at its end.
  let endpoint: String
  /// The folder of the store.
  let cache: URL
  /// Where the token is looked for if the environment holds none.
  let tokenFile: URL
  let environmentToken: String?
  /// Whether no token is to be sent at all.
  let sendsNoToken: Bool
  let isOffline: Bool
  /// How long the hub may stay silent, seconds.
  let silence: Int

  init(environment: [String: String]) {
    func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
    func folder(_ key: String) -> URL? {
      value(key).map { URL(filePath: Self.expanded($0, in: environment), directoryHint: .isDirectory) }
    }
    let user = URL(filePath: Self.home(environment), directoryHint: .isDirectory)
    let caches = folder("XDG_CACHE_HOME") ?? user.appending(path: ".cache")
    let home = folder("HF_HOME") ?? caches.appending(path: "huggingface")
    var endpoint = value("HF_ENDPOINT") ?? "https://huggingface.co"
    while endpoint.hasSuffix("/") { endpoint.removeLast() }
    self.endpoint = endpoint
    cache = folder("HF_HUB_CACHE") ?? folder("HUGGINGFACE_HUB_CACHE") ?? home.appending(path: "hub")
    tokenFile =
      value("HF_TOKEN_PATH").map { URL(filePath: Self.expanded($0, in: environment)) } ?? home.appending(path: "token")
    environmentToken = value("HF_TOKEN") ?? value("HUGGING_FACE_HUB_TOKEN")
    sendsNoToken = Self.isTrue(value("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
    isOffline = Self.isTrue(value("HF_HUB_OFFLINE") ?? value("TRANSFORMERS_OFFLINE"))
    silence = value("HF_HUB_DOWNLOAD_TIMEOUT").flatMap(Int.init).map { min(max($0, 1), 3600) } ?? 30
  }

  /// The token to send, from the environment or else the token file; `nil` where there is none.
  ///
  /// - Throws: ``HubError`` with code `.invalidSetting` where the token holds bytes that no header can carry. The
  ///   message never shows the token.
  func token() throws(HubError) -> String? {
    guard !sendsNoToken else { return nil }
    var text = environmentToken
    if text == nil, let bytes = try? OpenFile(reading: tokenFile.path).contents(limit: 4096) {
      text = String(decoding: bytes, as: UTF8.self)
    }
    let token = (text ?? "").filter { !$0.isNewline }.drop { $0.isWhitespace }
    let trimmed = String(token.reversed().drop { $0.isWhitespace }.reversed())
    guard trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      let source = environmentToken == nil ? tokenFile.path : "HF_TOKEN"
      throw HubError(.invalidSetting, source, "the token may hold only printable ASCII characters and no spaces")
    }
    return trimmed.isEmpty ? nil : trimmed
  }

  private static func home(_ environment: [String: String]) -> String {
    if let home = environment["HOME"], !home.isEmpty { return home }
    return FileManager.default.homeDirectoryForCurrentUser.path
  }

  private static func isTrue(_ value: String?) -> Bool {
    ["1", "ON", "YES", "TRUE"].contains((value ?? "").uppercased())
  }

  /// Resolves a `~` at the start and `$NAME` or `${NAME}` anywhere; unknown names stay as they are.
  static func expanded(_ path: String, in environment: [String: String]) -> String {
    var result = path == "~" || path.hasPrefix("~/") ? home(environment) : ""
    var rest = result.isEmpty ? path[...] : path.dropFirst()
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      let after = rest[rest.index(after: dollar)...]
      let isBraced = after.first == "{"
      let name = after.dropFirst(isBraced ? 1 : 0).prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
      let isClosed = !isBraced || (name.endIndex < after.endIndex && after[name.endIndex] == "}")
      if isClosed, !name.isEmpty, let value = environment[String(name)] {
        result += value
        rest = after[name.endIndex...].dropFirst(isBraced ? 1 : 0)
      } else {
        result += "$"
        rest = after
      }
    }
    return result + rest
  }
}
