internal import NeedletailJSON

extension FileKind {
  /// What a text without a name is by its beginning: lines of JSON where the first two are records, else ``prose``.
  package init(sniffing head: [UInt8]) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = head.starts(with: mark) ? head.dropFirst(3) : head[...]
    let isRecord = text.first.map { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "\"") } ?? false
    guard isRecord else {
      self = .prose
      return
    }
    let lines = text.split(separator: UInt8(ascii: "\n"), maxSplits: 8).filter { line in
      !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }
    self = lines.prefix(2).allSatisfy(Self.isRecord) ? .jsonLines : .prose
  }

  /// Whether a line is what ``JSONLinesReader`` takes.
  private static func isRecord(_ line: ArraySlice<UInt8>) -> Bool {
    guard let json = try? JSONDocument(parsing: Array(line)).root else { return false }
    return json.utf8 != nil || json.kind == .object && json.optional("text")?.utf8 != nil
  }
}
