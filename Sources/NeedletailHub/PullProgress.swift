import Synchronization

/// How far a download has come.
public struct PullProgress: Sendable, Equatable {
  /// The file that moved last, as its path in the model.
  public let file: String
  /// How many bytes of that file are here.
  public let fileBytes: Int
  /// The length of that file; absent where the hub does not tell it.
  public let fileTotal: Int?
  /// How many bytes of all files are here.
  public let completedBytes: Int
  /// The length of all files, bytes.
  public let totalBytes: Int
  /// How many files there are.
  public let fileCount: Int
}

/// Adds up what several downloads report, and passes it on one report at a time.
final class PullTally: Sendable {
  private let callback: (@Sendable (PullProgress) -> Void)?
  private let total: Int
  private let fileCount: Int
  private let state = Mutex<(bytes: [RemotePath: Int], sum: Int)>(([:], 0))

  init(_ files: [RemoteFile], _ callback: (@Sendable (PullProgress) -> Void)?) {
    self.callback = callback
    total = files.reduce(0) { sum, file in
      let (total, overflows) = sum.addingReportingOverflow(file.size ?? 0)
      return overflows ? .max : total
    }
    fileCount = files.count
  }

  func report(_ file: RemoteFile, _ bytes: Int) {
    guard let callback else { return }
    state.withLock { state in
      state.sum += bytes - (state.bytes.updateValue(bytes, forKey: file.path) ?? 0)
      callback(
        PullProgress(
          file: file.path.description, fileBytes: bytes, fileTotal: file.size, completedBytes: state.sum,
          totalBytes: max(total, state.sum), fileCount: fileCount))
    }
  }
}
