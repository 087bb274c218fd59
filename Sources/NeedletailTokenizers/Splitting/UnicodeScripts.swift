internal import CNeedletailAssets

extension SplitText {
  /// Cuts every piece where the script changes.
  ///
  /// Hiragana, Katakana and Han are one, spaces and scalars without a script belong to what stands before them, and
  /// those at the start of a piece are dropped, all as the reference library does it.
  mutating func splitAtScripts() throws(TokenizerError) {
    try replacePieces { text, piece, result throws(TokenizerError) in
      var last: UInt8 = 0
      var start: Int?
      for position in piece {
        let script = nt_unicode_script(text.scalars[position])
        guard script != 0, script != last else { continue }
        if let start { result.append(start..<position) }
        start = position
        last = script
      }
      if let start { result.append(start..<piece.upperBound) }
    }
  }
}
