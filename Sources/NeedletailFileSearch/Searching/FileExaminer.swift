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
  /// A section with the score of each passage, best first.
  struct Scored: Sendable {
    let section: VectorSection
    let hits: [Hit]
  }

  /// Passages that have no vectors yet.
  struct Unembedded: Sendable {
    let file: FoundFile
    let passages: [Passage]
    let warnings: [FileSearchError]
    /// Where to keep the vectors, unless they must not be kept.
    let key: Digest?
    let entry: FileTable.Entry?
    /// Vectors of the same texts in an earlier state of the file.
    let known: [String: [Float]]
  }

  /// What became of a file.
  enum Outcome: Sendable {
    case scored([Scored], warnings: [FileSearchError], entry: FileTable.Entry?)
    case unembedded(Unembedded)
    case unreadable(FileSearchError)
  }

  let model: PassageModel
  let vectors: ModelVectors?
  var table = FileTable()
  let query: [Float]
  let kernels: Kernels
  let now: Date

  /// Reads a file as a whole.
  func examine(_ file: FoundFile) -> Outcome {
    do throws(FileSearchError) {
      let identity = try identify(file)
      if let key = identity?.key, let scored = cached(key, file) {
        return .scored(scored.sections, warnings: scored.warnings, entry: identity?.entry)
      }
      var cutter = try cutter(file)
      var passages: [Passage] = []
      while let passage = try cutter.next() { passages.append(passage) }
      let isSame = identity.map { isUnchanged(file, since: $0.status) } ?? false
      return .unembedded(
        Unembedded(
          file: file, passages: passages, warnings: cutter.warnings, key: isSame ? identity?.key : nil,
          entry: isSame ? identity?.entry : nil, known: identity.map { earlier(file, $0.digest) } ?? [:]))
    } catch { return .unreadable(error) }
  }

  /// Starts to cut a file into passages.
  func cutter(_ file: FoundFile) throws(FileSearchError) -> PassageCutter {
    let source = try ByteSource(file.path)
    let reader = try DocumentReader(source, kind: FileKind(name: file.path), skippingBinary: !file.isNamed)
    return PassageCutter(reader, target: model.target, countTokens: model.countTokens)
  }

  /// Compares passages with the question.
  func score(_ section: VectorSection) throws(IndexError) -> Scored {
    var index = FlatIndex(dimension: model.dimension, metric: .cosine, kernels: kernels)
    try index.add(Matrix(rows: section.count, columns: model.dimension, values: section.vectors))
    return Scored(section: section, hits: try index.search(query, limit: max(1, section.count)))
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
      digest = try Digest(ofRest: ByteSource(file.path, decompressing: false))
    }
    let entry = FileTable.Entry(status: status.remembered(now), digest: digest, day: day)
    return Identity(status: status, digest: digest, key: key(digest, file), entry: entry)
  }

  /// Names the vectors of a content: how it is read and cut is part of the name.
  private func key(_ content: Digest, _ file: FoundFile) -> Digest {
    let kind = FileKind(name: file.path).rawValue
    let isCompressed = file.path.hasSuffix(".gz")
    return Digest(
      of: content.bytes + Array("passages 1, \(kind), \(isCompressed), \(file.isNamed), \(model.target)".utf8))
  }

  private func cached(_ key: Digest, _ file: FoundFile) -> (sections: [Scored], warnings: [FileSearchError])? {
    guard let vectors else { return nil }
    var sections: [Scored] = []
    // A cached vector that cannot be compared is as good as none.
    let ending = try? vectors.read(key, subject: file.path) { section throws(IndexError) in
      sections.append(try score(section))
    }
    return ending.map { (sections, $0.warnings) }
  }

  /// Vectors by text of what the file held when it was last searched.
  func earlier(_ file: FoundFile, _ digest: Digest) -> [String: [Float]] {
    guard let vectors, let entry = table.entry(file.absolutePath), entry.digest != digest else { return [:] }
    var known: [String: [Float]] = [:]
    let limit = 100_000
    _ = vectors.read(key(entry.digest, file), subject: file.path) { section in
      guard known.count < limit, let passages = section.passages else { return }
      for (row, passage) in passages.enumerated() {
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
