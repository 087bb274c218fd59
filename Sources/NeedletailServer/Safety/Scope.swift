#if Server
  /// What a key allows; each allows what those before it do.
  public enum Scope: String, Sendable, CaseIterable, Comparable {
    /// Embedding, reranking, searching, looking.
    case read
    /// Documents and collections.
    case write
    /// Loading and unloading models.
    case admin

    private var rank: Int {
      switch self {
      case .read: 0
      case .write: 1
      case .admin: 2
      }
    }

    /// Whether the second allows more.
    public static func < (first: Scope, second: Scope) -> Bool { first.rank < second.rank }
  }
#endif
