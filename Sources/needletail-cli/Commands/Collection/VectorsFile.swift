import Needletail
import NeedletailTensor

/// A file of vectors that is being written, in the format that its name tells.
final class VectorsFile {
  /// How vectors are written.
  enum Format: String, CaseIterable {
    case npy, fvecs

    /// What a name ends in; `nil` for another ending.
    init?(name: String) {
      guard let format = Self.allCases.first(where: { name.lowercased().hasSuffix("." + $0.rawValue) }) else {
        return nil
      }
      self = format
    }
  }

  private enum Kind {
    case npy(NpyWriter)
    case fvecs(FvecsWriter)
  }

  private let kind: Kind

  /// Begins a file; see ``finish()``.
  init(_ path: String, columns: Int) throws {
    kind =
      switch Format(name: path) ?? .npy {
      case .npy: .npy(try NpyWriter(path, columns: columns))
      case .fvecs: .fvecs(try FvecsWriter(path, columns: columns))
      }
  }

  /// Adds vectors, one a row.
  func append(_ vectors: Matrix) throws {
    switch kind {
    case .npy(let writer): try writer.append(vectors)
    case .fvecs(let writer): try writer.append(vectors)
    }
  }

  /// Completes the file, which has its name from then on.
  func finish() throws {
    switch kind {
    case .npy(let writer): try writer.finish()
    case .fvecs(let writer): try writer.finish()
    }
  }
}
