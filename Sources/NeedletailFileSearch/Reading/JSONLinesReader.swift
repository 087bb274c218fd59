internal import NeedletailJSON

/// Records of JSONL files: a string a line, or an object with `text` and, where it has them, `title`, `metadata` and
/// `id` or, as BEIR spells it, `_id`.
struct JSONLinesReader: BlockReader {
  private var lines: LineReader
  private var firstProblem: FileSearchError?
  private var problems = 0

  init(_ lines: LineReader) { self.lines = lines }

  var warnings: [FileSearchError] {
    guard let first = firstProblem else { return [] }
    let more = problems > 1 ? " (and \(problems - 1) more lines that cannot be read)" : ""
    return [FileSearchError(first.code, first.subject, first.message + more)]
  }

  mutating func next() throws(FileSearchError) -> TextBlock? {
    while let line = try lines.next() {
      if !line.isComplete {
        while let rest = try lines.next(), !rest.isComplete {}
        note(.tooLarge, line.number, "the line is longer than 64 MB; it is passed over")
        continue
      }
      if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      do {
        let block = try Self.block(JSONDocument(parsing: Array(line.bytes)).root, line: line.number)
        if !block.text.isEmpty { return block }
      } catch {
        note(.malformed, line.number, "column \(error.column): \(error.message)")
      }
    }
    return nil
  }

  private mutating func note(_ code: FileSearchError.Code, _ line: Int, _ message: String) {
    problems += 1
    if firstProblem == nil { firstProblem = FileSearchError(code, "\(lines.subject):\(line)", message) }
  }

  private static func block(_ json: JSON, line: Int) throws(JSONError) -> TextBlock {
    var block = TextBlock()
    block.isRecord = true
    if let text = json.utf8 {
      block.text = Array(text)
    } else {
      let text = try json.value("text")
      guard let body = text.utf8 else {
        throw text.error(.wrongType, "\"text\" should be a string, found \(text.kind)")
      }
      if let title = json.optional("title")?.utf8, !title.isEmpty {
        block.text = title + Array("\n\n".utf8)
      }
      block.text += body
      block.id = (json.optional("id") ?? json.optional("_id")).flatMap { $0.string ?? $0.number }
      if let metadata = json.optional("metadata"), metadata.kind != .object || metadata.count > 0 {
        block.metadata = JSONValue(copying: metadata).text()
      }
    }
    block.marks = [TextBlock.Mark(offset: 0, line: line)]
    return block
  }
}

extension JSON {
  /// A number's digits.
  fileprivate var number: String? { integer.map(String.init) ?? double.map { "\($0)" } }
}
