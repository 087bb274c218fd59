/// What went wrong between a model hub, the network and the store on disk.
public struct HubError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A model name or a revision that no hub can hold.
    public static let invalidName = Code(name: "invalidName")
    /// An environment variable or an option that cannot be used as given.
    public static let invalidSetting = Code(name: "invalidSetting")
    /// The network is switched off and the store lacks what was asked for.
    public static let offline = Code(name: "offline")
    /// The store on this machine lacks what was asked for.
    public static let notStored = Code(name: "notStored")
    /// The hub knows no such model.
    public static let modelNotFound = Code(name: "modelNotFound")
    /// The hub knows the model, but not this branch, tag or commit.
    public static let revisionNotFound = Code(name: "revisionNotFound")
    /// The hub knows the model, but lacks a file that it listed.
    public static let fileNotFound = Code(name: "fileNotFound")
    /// The hub wants a token, or does not accept the one it got.
    public static let unauthorized = Code(name: "unauthorized")
    /// The model's owner wants its conditions accepted first.
    public static let gated = Code(name: "gated")
    /// The token may not read this model.
    public static let forbidden = Code(name: "forbidden")
    /// The hub answered "too many requests" more often than was worth waiting for.
    public static let rateLimited = Code(name: "rateLimited")
    /// The hub answered with a server error, more often than was worth waiting for.
    public static let server = Code(name: "server")
    /// The connection could not be made, timed out or was cut, more often than was worth waiting for.
    public static let network = Code(name: "network")
    /// The answer is not what a hub sends.
    public static let badResponse = Code(name: "badResponse")
    /// An answer or a file is larger than the limit.
    public static let tooLarge = Code(name: "tooLarge")
    /// The hub listed a file name that could leave the model's folder.
    public static let unsafeFileName = Code(name: "unsafeFileName")
    /// A downloaded or stored file does not have the announced length.
    public static let wrongLength = Code(name: "wrongLength")
    /// A downloaded or stored file does not have the announced checksum.
    public static let wrongChecksum = Code(name: "wrongChecksum")
    /// The model has no weights in a format that is read here.
    public static let noReadableWeights = Code(name: "noReadableWeights")
    /// The disk or the user's share of it is full.
    public static let diskFull = Code(name: "diskFull")
    /// A file or folder could not be read or written.
    public static let fileSystem = Code(name: "fileSystem")
    /// A model folder's files do not make sense.
    public static let badFolder = Code(name: "badFolder")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, what to do.
  public let message: String
  /// The model, file or setting that this is about.
  public let subject: String
  /// The error underneath, where there is one.
  public let cause: (any Error)?

  /// Creates an error.
  public init(_ code: Code, _ subject: String, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.subject = subject
    self.cause = cause
  }

  /// What and why, in one line.
  public var description: String { "\(subject): \(message)" }
}
