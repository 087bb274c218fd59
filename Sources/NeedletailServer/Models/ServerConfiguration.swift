#if Server
  public import NeedletailEmbedding
  public import NeedletailTensor

  #if canImport(FoundationEssentials)
    public import FoundationEssentials
  #else
    public import Foundation
  #endif

  /// A model that a server answers with.
  public struct ServedModelChoice: Sendable {
    /// What clients call it.
    public var name: String
    /// Other names for it.
    public var aliases: [String] = []
    /// Where its files are.
    public var source: ModelSource
    /// What it gives; `nil` for what its folder says.
    public var kind: ServedModelKind?
    /// What is changed about its own settings.
    public var configuration: EmbedderConfiguration

    /// A model by a name.
    public init(_ name: String, source: ModelSource, configuration: EmbedderConfiguration = .init()) {
      (self.name, self.source, self.configuration) = (name, source, configuration)
    }
  }

  /// What a server is told; the defaults suit one machine that asks itself.
  public struct ServerConfiguration: Sendable {
    /// Where it listens.
    public enum Address: Sendable, Equatable {
      /// A name or number of this machine, and a port; 0 for any that is free.
      case host(String, port: Int)
      /// The path of a socket.
      case unixSocket(String)
    }

    /// A certificate chain and its key, PEM files.
    public struct Certificate: Sendable, Equatable {
      /// The chain, the server's own first.
      public var chain: URL
      /// The private key.
      public var key: URL

      /// Names the files.
      public init(chain: URL, key: URL) { (self.chain, self.key) = (chain, key) }
    }

    /// Where it listens.
    public var address = Address.host("127.0.0.1", port: 8080)
    /// For TLS; without it, nothing is encrypted.
    public var certificate: Certificate?
    /// The models; the first answers where a request names none.
    public var models: [ServedModelChoice]
    /// Whether models are loaded when they are first asked for, not at the start; the first always is at the start.
    public var loadsLate = true
    /// How long a model may be idle before it is unloaded; `nil` keeps it.
    ///
    /// The first stays.
    public var idleUnload: Duration?
    /// Bytes of weights that loaded models may have together; those unused longest go.
    ///
    /// `nil` for any.
    public var memoryBudget: Int?
    /// The folder with one collection a subfolder; `nil` for none.
    public var collections: URL?
    /// Who may ask; none for everybody.
    public var keys = KeyRing()
    /// Origins whose pages may ask, as in `https://example.org`, or `*`; none by default.
    public var allowedOrigins: [String] = []
    /// Bytes of a body.
    public var maximumBody = 16 << 20
    /// Bytes of all bodies that are being read.
    public var maximumBodies = 256 << 20
    /// Inputs of a request.
    public var maximumInputs = 2048
    /// Requests under way.
    public var maximumRequests = 1024
    /// Tokens that wait for a batch, of each model.
    public var maximumWaitingTokens = 1 << 20
    /// Open connections.
    public var maximumConnections = 16384
    /// The longest that a request may take.
    public var requestTimeout = Duration.seconds(60)
    /// The longest that a client may take to send a request, and a connection may be idle.
    public var readTimeout = Duration.seconds(30)
    /// How long an open connection may be idle between requests.
    public var idleTimeout = Duration.seconds(75)
    /// How long requests under way may take to finish when the server ends.
    public var drainTimeout = Duration.seconds(30)
    /// Whether texts that are too long are cut where a request does not say.
    public var truncates = true
    /// Whether numbers are taken as token ids of the model's own vocabulary.
    public var acceptsTokenIDs = false
    /// Whether logs hold the texts of requests.
    public var logsInputs = false
    /// The threads that compute.
    public var team: ComputeTeam

    /// A server of some models.
    ///
    /// - Precondition: There is at least one, and names differ.
    public init(models: [ServedModelChoice], team: ComputeTeam = .init()) {
      precondition(!models.isEmpty, "a server has a model")
      (self.models, self.team) = (models, team)
    }
  }
#endif
