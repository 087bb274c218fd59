import Needletail

/// Writes what texts become, line by line of input.
struct TokenWriter: Sendable {
  let tokenizer: Tokenizer
  let options: EncodingOptions
  let form: TokenForm
  let style: TokenStyle
  /// Whether tables are aligned for reading; otherwise their columns are apart by tabs.
  let isAligned: Bool

  /// Appends what one text, or pair of texts, becomes.
  ///
  /// - Parameters:
  ///   - row: The number of the text, from 0.
  ///   - packed: Room that is kept between texts.
  func write(
    _ text: String, _ pair: String?, row: Int, _ packed: inout PackedTokens, into output: inout [UInt8]
  ) throws(TokenizerError) {
    switch form {
    case .ids, .jsonIDs:
      packed = PackedTokens()
      if let pair {
        try tokenizer.pack(text, pair: pair, options: options, into: &packed)
      } else {
        try tokenizer.pack([text], options: options, into: &packed)
      }
      if form == .jsonIDs { output.append(contentsOf: "{\"ids\":[".utf8) }
      output.append(packed.ids, separator: form == .ids ? UInt8(ascii: " ") : UInt8(ascii: ",")) { $0.append($1) }
      if form == .jsonIDs { output.append(contentsOf: "]}".utf8) }
      output.append(UInt8(ascii: "\n"))
    case .json:
      output.append(try tokenizer.encode(text, pair: pair, options: options))
      output.append(UInt8(ascii: "\n"))
    case .tokens:
      let encoding = try tokenizer.encode(text, pair: pair, options: options)
      output.append(contentsOf: line(encoding).utf8)
    case .offsets:
      let encoding = try tokenizer.encode(text, pair: pair, options: options)
      output.append(contentsOf: (isAligned ? table(encoding, text, row) : columns(encoding, text, row)).utf8)
    case .colors:
      let encoding = try tokenizer.encode(text, pair: pair, options: options)
      output.append(contentsOf: (colored(encoding, text) + "\n").utf8)
    }
  }

  /// `token (id) token (id)`.
  private func line(_ encoding: Encoding) -> String {
    encoding.ids.indices.map { index in
      "\(marked(encoding, index, encoding.tokens[index].field)) \(style.dim("(\(encoding.ids[index]))"))"
    }.joined(separator: " ") + "\n"
  }

  /// A token's text in the colours of what it is.
  func marked(_ encoding: Encoding, _ index: Int, _ text: String) -> String {
    let id = encoding.ids[index]
    if tokenizer.isUnknown(id) { return style.unknown(text) }
    if encoding.specialTokensMask[index] || tokenizer.isSpecial(id) { return style.dim(text) }
    return style.piece(text, index)
  }

  private func columns(_ encoding: Encoding, _ text: String, _ row: Int) -> String {
    let scalars = Array(text.unicodeScalars)
    var lines = row == 0 ? "text\tid\ttoken\tstart\tend\tpiece\n" : ""
    for (index, range) in encoding.offsets.enumerated() {
      let piece = String(String.UnicodeScalarView(scalars[range]))
      lines += "\(row)\t\(encoding.ids[index])\t\(encoding.tokens[index].field)\t"
      lines += "\(range.lowerBound)\t\(range.upperBound)\t\(piece.field)\n"
    }
    return lines
  }

  private func table(_ encoding: Encoding, _ text: String, _ row: Int) -> String {
    let scalars = Array(text.unicodeScalars)
    let ids = encoding.ids.map(String.init)
    let tokens = encoding.tokens.map(\.field)
    let places = encoding.offsets.map { $0.isEmpty ? "" : "\($0.lowerBound)..\($0.upperBound)" }
    func width(_ cells: [String]) -> Int { min(cells.map(\.count).max() ?? 0, 40) }
    func space(_ cell: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - cell.count)) }
    let (idWidth, tokenWidth, placeWidth) = (width(ids), width(tokens), width(places))
    var lines = row == 0 ? "" : "\n"
    for (index, range) in encoding.offsets.enumerated() {
      let piece = String(String.UnicodeScalarView(scalars[range])).field
      lines += space(ids[index], idWidth) + style.dim(ids[index]) + "  "
      lines += marked(encoding, index, tokens[index]) + space(tokens[index], tokenWidth) + "  "
      lines += space(places[index], placeWidth) + style.dim(places[index])
      lines += (piece.isEmpty ? "" : "  " + style.piece(piece, index)) + "\n"
    }
    return lines
  }
}
