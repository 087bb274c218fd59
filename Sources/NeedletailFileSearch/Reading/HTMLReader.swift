/// The text of an HTML file: tags and comments are dropped with all that scripts and styles hold, character references
/// are decoded, white space is collapsed, and block elements end a paragraph.
struct HTMLReader: BlockReader {
  private enum State {
    case text
    /// Between `<` and `>`; the quotation mark, where inside one.
    case tag(quote: UInt8?)
    case comment
    /// Inside an element whose content is no text, up to its closing tag.
    case dropped(until: [UInt8])
  }

  var warnings: [FileSearchError] { [] }
  private var lines: LineReader
  private var state = State.text
  /// What the present tag holds after `<`, its beginning at least.
  private var tag: [UInt8] = []
  private var block = TextBlock()
  /// Blocks that are done; those before `given` have been given.
  private var finished: [TextBlock] = []
  private var given = 0
  private static let maximumSize = 1 << 16

  init(_ lines: LineReader) { self.lines = lines }

  mutating func next() throws(FileSearchError) -> TextBlock? {
    while given == finished.count {
      finished.removeAll(keepingCapacity: true)
      given = 0
      guard let line = try lines.next() else {
        endBlock()
        break
      }
      read(line)
      if block.text.count > Self.maximumSize { endBlock() }
    }
    guard given < finished.count else { return nil }
    defer { given += 1 }
    return finished[given]
  }

  private mutating func read(_ line: Line) {
    let bytes = line.bytes
    var position = bytes.startIndex
    while position < bytes.endIndex {
      switch state {
      case .text: position = readText(bytes, position, line.number)
      case .tag(let quote): position = readTag(bytes, position, quote)
      case .comment: position = readComment(bytes, position)
      case .dropped(let name): position = readDropped(bytes, position, until: name)
      }
    }
    // The line end is white space, where the line has one.
    if line.isComplete {
      switch state {
      case .text: addSpace()
      case .tag: if tag.count < 64 { tag.append(0x20) }
      default: break
      }
    }
  }

  private mutating func readText(_ bytes: ArraySlice<UInt8>, _ position: Int, _ line: Int) -> Int {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "<"):
      let rest = bytes[(position + 1)...]
      if rest.starts(with: "!--".utf8) {
        state = .comment
        return position + 4
      }
      // A "<" that no name follows is a sign like any other.
      guard let next = rest.first, (next | 0x20) >= 0x61 && (next | 0x20) <= 0x7A || "/!?".utf8.contains(next) else {
        add([byte], line)
        return position + 1
      }
      state = .tag(quote: nil)
      tag.removeAll(keepingCapacity: true)
      return position + 1
    case UInt8(ascii: "&"):
      guard let (text, end) = HTMLEntities.decode(bytes, at: position) else {
        add([byte], line)
        return position + 1
      }
      if text == [0xC2, 0xA0] { addSpace() } else if text != [0xC2, 0xAD] { add(text[...], line) }
      return end
    case 0x20, 0x09...0x0D:
      addSpace()
      return position + 1
    default:
      let end = bytes[(position + 1)...].firstIndex { $0 <= 0x20 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }
      add(bytes[position..<(end ?? bytes.endIndex)], line)
      return end ?? bytes.endIndex
    }
  }

  private mutating func readTag(_ bytes: ArraySlice<UInt8>, _ position: Int, _ quote: UInt8?) -> Int {
    let byte = bytes[position]
    if let quote {
      if byte == quote { state = .tag(quote: nil) }
    } else if byte == UInt8(ascii: ">") {
      endTag()
    } else {
      // A quotation mark opens a value only after an equals sign.
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), tag.last == UInt8(ascii: "=") {
        state = .tag(quote: byte)
      }
      if tag.count < 64 || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "/") {
        if tag.count >= 64 { tag.removeLast() }
        tag.append(byte)
      } else {
        tag[tag.count - 1] = byte
      }
    }
    return position + 1
  }

  private mutating func readComment(_ bytes: ArraySlice<UInt8>, _ position: Int) -> Int {
    var end = position
    while end + 2 < bytes.endIndex {
      if bytes[end] == UInt8(ascii: "-"), bytes[end + 1] == UInt8(ascii: "-"), bytes[end + 2] == UInt8(ascii: ">") {
        state = .text
        return end + 3
      }
      end += 1
    }
    return bytes.endIndex
  }

  private mutating func readDropped(_ bytes: ArraySlice<UInt8>, _ position: Int, until name: [UInt8]) -> Int {
    var end = position
    while let open = bytes[end...].firstIndex(of: UInt8(ascii: "<")) {
      if bytes[(open + 1)...].first == UInt8(ascii: "/"), Self.name(bytes[(open + 2)...].prefix(16)) == name {
        state = .tag(quote: nil)
        tag.removeAll(keepingCapacity: true)
        return open + 1
      }
      end = open + 1
    }
    return bytes.endIndex
  }

  private mutating func endTag() {
    state = .text
    let isClosing = tag.first == UInt8(ascii: "/")
    let name = Self.name(tag[(isClosing ? 1 : 0)...])
    let isEmpty = tag.last == UInt8(ascii: "/")
    if !isClosing, !isEmpty, Self.dropped.contains(name) {
      state = .dropped(until: name)
    } else if Self.breaking.contains(name) {
      addSpace()
    } else if Self.blocks.contains(name) {
      endBlock()
      if !isClosing, name.count == 2, name[0] == UInt8(ascii: "h"), name[1] != UInt8(ascii: "r") {
        block.startsSection = true
      }
    }
  }

  /// The letters and digits at the start, in lower case.
  private static func name(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 >= 0x30 && $0 <= 0x39 }
      .map { $0 < 0x40 ? $0 : $0 | 0x20 }
  }

  private mutating func add(_ bytes: ArraySlice<UInt8>, _ line: Int) {
    if block.marks.last?.line != line { block.marks.append(TextBlock.Mark(offset: block.text.count, line: line)) }
    block.text += bytes
  }

  private mutating func addSpace() {
    if let last = block.text.last, last != 0x20 { block.text.append(0x20) }
  }

  private mutating func endBlock() {
    if block.text.last == 0x20 { block.text.removeLast() }
    if block.text.isEmpty { return }
    finished.append(block)
    block = TextBlock()
  }

  private static func names(_ list: String) -> Set<[UInt8]> { Set(list.split(separator: " ").map { Array($0.utf8) }) }

  private static let dropped = names("script style template noscript textarea iframe svg math")
  private static let breaking = names("br td th wbr img")
  private static let blocks = names(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure \
    footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main menu nav ol option p pre section select summary \
    table tbody tfoot thead title tr ul
    """)
}
