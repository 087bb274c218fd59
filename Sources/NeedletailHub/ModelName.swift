/// The name of a model on a hub: `owner/name`, or `name` alone for the oldest ones.
public struct ModelName: Sendable, Hashable, CustomStringConvertible {
  /// The name as the hub spells it.
  public let description: String

  /// Parses a name.
  ///
  ///     let name = try ModelName("sentence-transformers/all-MiniLM-L6-v2")
  ///
  /// - Throws: ``HubError`` with code `.invalidName` where the text breaks the hub's rules: one or two parts of ASCII
  ///   letters, digits, `-`, `_` and `.`, at most 96 characters each, neither starting nor ending with `-` or `.`,
  ///   without `--`, `..` and the ending `.git`.
  public init(_ text: String) throws(HubError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy(Self.isPart), !text.contains("--"), !text.contains(".."),
      !text.hasSuffix(".git")
    else {
      throw HubError(.invalidName, "\"\(text)\"", "expected a model name as owner/name, such as intfloat/e5-base-v2")
    }
    description = text
  }

  /// The folder in the store that holds this model.
  var folderName: String { "models--" + description.split(separator: "/").joined(separator: "--") }

  /// The model that a folder of the store holds; `nil` for folders of data sets and everything else.
  init?(folderName: String) {
    let parts = folderName.split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "models" else { return nil }
    let text = parts[1].split(separator: "--", omittingEmptySubsequences: false).joined(separator: "/")
    guard let name = try? ModelName(text) else { return nil }
    self = name
  }

  private static func isPart(_ part: Substring) -> Bool {
    guard (1...96).contains(part.utf8.count), let first = part.utf8.first, let last = part.utf8.last else {
      return false
    }
    let edges: [UInt8] = [UInt8(ascii: "-"), UInt8(ascii: ".")]
    return !edges.contains(first) && !edges.contains(last)
      && part.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}

/// A branch, a tag, a pull request (`refs/pr/1`) or a commit (40 hexadecimal digits) of a model.
public struct Revision: Sendable, Hashable, CustomStringConvertible {
  /// The revision as the hub spells it.
  public let description: String

  /// The branch that is meant where none is named.
  public static let main = Revision(trusted: "main")

  /// Parses a revision.
  ///
  /// - Throws: ``HubError`` with code `.invalidName` where git would not accept the text as the name of a reference.
  public init(_ text: String) throws(HubError) {
    let forbidden: Set<Unicode.Scalar> = [" ", "~", "^", ":", "?", "*", "[", "\\", "\u{7F}"]
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isName =
      (1...255).contains(text.utf8.count) && !text.contains("..") && !text.contains("@{") && !text.hasSuffix(".")
      && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !forbidden.contains($0) }
      && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasPrefix("-") && !$0.hasSuffix(".lock") }
    guard isName else {
      throw HubError(.invalidName, "\"\(text)\"", "expected a branch, a tag or a commit")
    }
    description = text
  }

  init(trusted text: String) { description = text }

  /// Whether this is a full commit, which never changes its meaning.
  public var isCommit: Bool { Checksum.isHexadecimal(description, count: 40) }
}

/// A model and a revision, written `owner/name` or `owner/name@revision`.
public struct ModelReference: Sendable, Hashable, CustomStringConvertible {
  /// The model.
  public let name: ModelName
  /// The revision; `main` where the text names none.
  public let revision: Revision

  /// The model and, unless it is `main`, the revision.
  public var description: String { revision == .main ? "\(name)" : "\(name)@\(revision)" }

  /// Puts a model and a revision together.
  public init(_ name: ModelName, _ revision: Revision = .main) {
    self.name = name
    self.revision = revision
  }

  /// Parses `owner/name[@revision]`.
  ///
  /// - Throws: ``HubError`` with code `.invalidName`.
  public init(_ text: String) throws(HubError) {
    if let at = text.firstIndex(of: "@") {
      name = try ModelName(String(text[..<at]))
      revision = try Revision(String(text[text.index(after: at)...]))
    } else {
      name = try ModelName(text)
      revision = .main
    }
  }
}
