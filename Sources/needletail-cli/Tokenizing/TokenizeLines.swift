import Needletail
import NeedletailEmbedding
import NeedletailTensor

/// The lines of an input on their way through a tokenizer: parts of a batch at a time on every thread, in memory for one
/// batch, written in order.
struct TokenizeLines: Sendable {
  let tokenizer: Tokenizer
  /// Writes tokens; `nil` turns ids into text.
  let writer: TokenWriter?
  let readsJSON: Bool
  let writesJSON: Bool
  /// Whether decoding leaves special tokens out.
  let skipsSpecial: Bool

  /// A line of input and what errors call it.
  typealias Line = (subject: String, bytes: [UInt8])

  /// What a thread takes at a time, in bytes of input; worth some milliseconds.
  private static let partSize = 1 << 16
  /// Parts of a batch for each thread.
  private static let partsPerThread = 8

  /// Reads to the end.
  func run(_ source: LineSource, team: ComputeTeam) async throws {
    let batchSize = Self.partSize * Self.partsPerThread * team.threads
    var number = 0
    while true {
      try Task.checkCancellation()
      let first = number
      let parts = try read(source, batchSize, &number)
      guard !parts.isEmpty else { return }
      // A thread is not worth its while for what one part holds.
      guard parts.count > 1 else {
        try StandardOutput.write(output(parts[0][...], first: first))
        // Who waits for an answer before writing on gets it.
        if !source.isReady { try StandardOutput.flush() }
        continue
      }
      let firsts = parts.reduce(into: [first]) { $0.append($0[$0.count - 1] + $1.count) }
      let outputs = try await team.map(parts.count) { part in output(parts[part][...], first: firsts[part]) }
      for output in outputs { try StandardOutput.write(output) }
    }
  }

  /// The next batch, in parts; of a pipe, the lines that are there.
  private func read(_ source: LineSource, _ size: Int, _ number: inout Int) throws -> [[Line]] {
    var parts: [[Line]] = []
    var total = 0
    var partSize = Self.partSize
    while total < size, total == 0 || source.isReady, let line = try source.next() {
      number += 1
      if partSize >= Self.partSize {
        parts.append([])
        partSize = 0
      }
      parts[parts.count - 1].append(("\(source.subject):\(number)", Array(line)))
      // An empty line takes room as well.
      total += line.count + 16
      partSize += line.count + 16
    }
    return parts
  }

  /// What lines become, and the error of the first that cannot be used.
  ///
  /// - Parameters:
  ///   - first: The number of the first line, from 0.
  ///   - areTexts: Whether lines are texts even where input is JSON.
  func output(_ lines: ArraySlice<Line>, first: Int, areTexts: Bool = false) -> Output {
    var result = Output()
    var packed = PackedTokens()
    for (index, line) in lines.enumerated() {
      do {
        if let writer {
          let content = String(decoding: line.bytes, as: UTF8.self)
          let (text, pair) = readsJSON && !areTexts ? try Self.row(content, line.subject) : (content, nil)
          do throws(TokenizerError) {
            try writer.write(text, pair, row: first + index, &packed, into: &result.bytes)
          } catch { throw TokenizerError(error.code, error.message, subject: line.subject, cause: error) }
        } else {
          result.bytes.append(contentsOf: try decoded(line).utf8)
          result.bytes.append(UInt8(ascii: "\n"))
        }
      } catch {
        result.error = error
        return result
      }
    }
    return result
  }

  /// The bytes of some lines, and why they end early.
  struct Output: Sendable {
    var bytes: [UInt8] = []
    var error: (any Error)?
  }

  private func decoded(_ line: Line) throws -> String {
    let text = String(decoding: line.bytes, as: UTF8.self)
    let row = try JSONDocument(parsing: Array(text.utf8), subject: line.subject).root
    let ids = try row.value("ids").expect(.array, "\"ids\"").elements.map { id in
      guard let number = id.integer.flatMap(Int32.init(exactly:)), number >= 0 else {
        throw id.error(.outOfRange, "\"ids\" should hold whole numbers from 0 that fit 32 bits")
      }
      return number
    }
    let decoded = try tokenizer.decode(ids, skippingSpecialTokens: skipsSpecial)
    return writesJSON ? JSONValue.string(decoded).text() : decoded
  }

  private static func row(_ line: String, _ subject: String) throws -> (text: String, pair: String?) {
    let row = try JSONDocument(parsing: Array(line.utf8), subject: subject).root
    if let text = row.string { return (text, nil) }
    return (try row.string("text"), row.optional("pair") == nil ? nil : try row.string("pair"))
  }
}

extension StandardOutput {
  /// Writes what lines became, and throws what ended them.
  static func write(_ output: TokenizeLines.Output) throws {
    try write(output.bytes)
    if let error = output.error {
      try flush()
      throw error
    }
  }
}
