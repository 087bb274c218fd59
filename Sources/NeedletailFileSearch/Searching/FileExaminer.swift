internal import NeedletailIndex
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Looks into one file after the other for one question, on any number of threads.
///
/// What the cache knows is compared at once; the rest is cut into passages that wait for their vectors.
struct FileExaminer: Sendable {
  /// The best of a file's passages.
  struct Ranked: Sendable {
    var best: BestPassages
    /// How many passages were compared.
    var passages = 0
    var warnings: [FileSearchError] = []
    var entry: FileTable.Entry?
  }

  /// Passages that have no vectors yet.
  struct Unembedded: Sendable {
    let file: FoundFile
    let passages: [Passage]
    let warnings: [FileSearchError]
    /// Where to keep the vectors, unless they must not be kept.
    let key: Digest?
    let entry: FileTable.Entry?
    /// Of the content.
    let digest: Digest?
  }

  /// What became of a file.
  enum Outcome: Sendable {
    case ranked(Ranked)
    case unembedded(Unembedded)
    /// The file holds more than is read at once.
    case tooMany
    case unreadable(FileSearchError)
  }

  let model: PassageModel
  let vectors: ModelVectors?
  var table = FileTable()
  let query: [Float]
  let kernels: Kernels
  let now: Date
  let stop: CancellationFlag

  /// What is read of a file at once.
  private static let maximumPassages = 4_096
  private static let maximumText = 8 << 20

  /// Reads a file as a whole, or as far as it fits.
  func examine(_ file: FoundFile, for best: BestPassages) -> Outcome {
    do throws(FileSearchError) {
      let identity = try identify(file)
      if let identity, let ranked = cached(identity, file, best) { return .ranked(ranked) }
      var cutter = try cutter(file)
      var passages: [Passage] = []
      var size = 0
      while let passage = try cutter.next() {
        passages.append(passage)
        size += passage.size
        if passages.count > Self.maximumPassages || size > Self.maximumText { return .tooMany }
      }
      let isSame = identity.map { isUnchanged(file, since: $0.status) } ?? false
      return .unembedded(
        Unembedded(
          file: file, passages: passages, warnings: cutter.warnings, key: isSame ? identity?.key : nil,
          entry: isSame ? identity?.entry : nil, digest: identity?.digest))
    } catch { return .unreadable(error) }
  }

  /// Starts to cut a file into passages.
  func cutter(_ file: FoundFile) throws(FileSearchError) -> PassageCutter {
    let source = try ByteSource(file.path, stop: stop)
    // Standard input has no name that says what it holds.
    let kind = file.path == "-" ? FileKind(sniffing: try source.peek()) : FileKind(name: file.path)
    let reader = try DocumentReader(source, kind: kind, skippingBinary: !file.isNamed)
    return PassageCutter(reader, target: model.target, countTokens: model.countTokens)
  }

  /// Whether a file is passed over because its first bytes are no text.
  func isPassedOver(_ file: FoundFile) throws(FileSearchError) -> Bool {
    if file.isNamed { return false }
    var lines = LineReader(TextStream(try ByteSource(file.path, stop: stop)), limit: 1 << 16)
    return try lines.looksBinary()
  }

  /// Compares passages with the question.
  func rank(_ section: VectorSection, of file: FoundFile, into ranked: inout Ranked) throws(IndexError) {
    var index = ExactIndex(dimension: model.dimension, metric: .cosine, kernels: kernels)
    try index.add(Matrix(rows: section.count, columns: model.dimension, values: section.vectors))
    ranked.best.offer(section, try index.search(query, limit: max(1, section.count)), path: file.path)
    ranked.passages += section.count
  }

  // MARK: The cache

  /// What a file holds, as far as the cache is concerned.
  struct Identity: Sendable {
    let status: FileStatus.Fingerprint
    let digest: Digest
    let key: Digest
    /// What to note in the table.
    let entry: FileTable.Entry
  }

  /// Tells what a file holds, by the table or by reading it; `nil` where nothing is to be kept.
  func identify(_ file: FoundFile) throws(FileSearchError) -> Identity? {
    guard vectors != nil, let status = file.status?.fingerprint else { return nil }
    let day = UInt32(clamping: now.nanoseconds / 86_400_000_000_000)
    let digest: Digest
    let known = table.entry(file.absolutePath)
    if let known, known.status == status {
      digest = known.digest
    } else {
      digest = try Digest(ofRest: ByteSource(file.path, decompressing: false, stop: stop))
    }
    let entry = FileTable.Entry(status: status.remembered(now), digest: digest, day: day)
    return Identity(status: status, digest: digest, key: key(digest, file), entry: entry)
  }

  /// Names the vectors of a content: how it is read and cut is part of the name, and its version, which is to be raised
  /// with every change of that.
  private func key(_ content: Digest, _ file: FoundFile) -> Digest {
    let kind = FileKind(name: file.path).rawValue
    let isCompressed = file.path.hasSuffix(".gz")
    return Digest(
      of: content.bytes + Array("passages 2, \(kind), \(isCompressed), \(file.isNamed), \(model.target)".utf8))
  }

  private func cached(_ identity: Identity, _ file: FoundFile, _ best: BestPassages) -> Ranked? {
    guard let vectors else { return nil }
    var ranked = Ranked(best: best, entry: identity.entry)
    // A cached vector that cannot be compared is as good as none.
    let ending = try? vectors.read(identity.key, subject: file.path) { section throws(IndexError) in
      try rank(section, of: file, into: &ranked)
    }
    guard let ending else { return nil }
    ranked.warnings = ending.warnings
    return ranked
  }

  /// Vectors of a file's texts that it held already when it was last searched.
  func earlier(_ new: Unembedded) -> [String: [Float]] {
    new.digest.map { earlier(new.file, $0, among: new.passages) } ?? [:]
  }

  /// Vectors by text of what the file held when it was last searched.
  ///
  /// - Parameter passages: Those to look for; `nil` for as many as fit into 32 MB.
  func earlier(_ file: FoundFile, _ digest: Digest, among passages: [Passage]?) -> [String: [Float]] {
    guard let vectors, let entry = table.entry(file.absolutePath), entry.digest != digest else { return [:] }
    var known: [String: [Float]] = [:]
    let wanted = passages.map { Set($0.map(\.text)) }
    let limit = (32 << 20) / (4 * model.dimension)
    _ = vectors.read(key(entry.digest, file), subject: file.path) { section in
      guard known.count < limit, let passages = section.passages else { return }
      for (row, passage) in passages.enumerated() where wanted?.contains(passage.text) ?? true {
        known[passage.text] = Array(section.vectors[(row * model.dimension)..<((row + 1) * model.dimension)])
      }
    }
    return known
  }

  func isUnchanged(_ file: FoundFile, since status: FileStatus.Fingerprint) -> Bool {
    FileStatus(file.path, followsLinks: true)?.fingerprint == status
  }

  /// Keeps a file's passages and vectors.
  func keep(_ section: VectorSection, of new: Unembedded) throws(FileSearchError) {
    guard let vectors, let key = new.key else { return }
    let file = try vectors.writer(key)
    if section.count > 0 { try section.write(to: file, dimension: model.dimension) }
    try VectorSection(ending: new.warnings, subject: new.file.path).write(to: file, dimension: model.dimension)
    try file.finish()
  }
}
