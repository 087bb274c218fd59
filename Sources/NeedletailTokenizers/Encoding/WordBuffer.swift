/// The word that is being read: its bytes, how many scalars they are, their hash, and where they stand in the text.
struct WordBuffer {
  /// The scalar of the text that is being read.
  var place: Int32 = 0
  /// How many words came before.
  var number = 0
  private var bytes: [UInt8] = []
  /// The scalar of the text that each byte stands for.
  private var places: [Int32] = []
  private var firstPlace: Int32 = 0
  private var lastPlace: Int32 = 0
  private var length = 0
  private var scalars = 0
  private var hash = ByteHash()
  private var hashes: [ByteHash] = []
  private var scratch: [UInt8] = []

  /// Starts a text.
  mutating func begin() {
    clear()
    place = 0
    number = 0
  }

  private mutating func clear() {
    length = 0
    scalars = 0
    hash = ByteHash()
  }

  /// The scalars of the text that the word stands for.
  var whole: Range<Int> { Int(firstPlace)..<Int(lastPlace + 1) }

  /// The scalars of the text that some of its bytes stand for.
  @inline(__always)
  func range(_ bytes: Range<Int>) -> Range<Int> {
    Int(places[bytes.lowerBound])..<Int(places[bytes.upperBound - 1] + 1)
  }

  @inline(__always)
  private mutating func count() {
    if scalars == 0 { firstPlace = place }
    lastPlace = place
    scalars += 1
  }

  /// Adds an ASCII character; beyond the limit they are only counted.
  @inline(__always)
  mutating func add<Sink: TokenSink>(_ byte: UInt8, limit: Int, _: Sink.Type) {
    count()
    if scalars <= limit { store(byte, Sink.self) }
  }

  mutating func add<Sink: TokenSink>(scalar: UInt32, limit: Int, _: Sink.Type) {
    count()
    guard scalars <= limit else { return }
    scratch.removeAll(keepingCapacity: true)
    scratch.appendUTF8(scalar)
    for byte in scratch { store(byte, Sink.self) }
  }

  @inline(__always)
  private mutating func store<Sink: TokenSink>(_ byte: UInt8, _: Sink.Type) {
    if length < bytes.count {
      bytes[length] = byte
    } else {
      bytes.append(byte)
      places.append(0)
    }
    if Sink.keepsPlaces { places[length] = place }
    length += 1
    hash.add(byte)
  }

  /// Ends the word, if there is one, and adds its tokens.
  @inline(__always)
  mutating func flush<Sink: TokenSink>(_ model: WordPiece, into sink: inout Sink) {
    guard scalars > 0 else { return }
    let first = sink.ids.count
    if scalars > model.maximumScalars {
      sink.ids.append(model.unknown)
    } else {
      model.split(bytes, length, hash: hash, hashes: &hashes, into: &sink.ids)
    }
    sink.finish(self, model, from: first)
    clear()
    number += 1
  }
}
