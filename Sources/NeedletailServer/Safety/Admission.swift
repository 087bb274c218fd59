#if Server
  internal import Synchronization

  /// Somebody is sent away because too much is under way.
  protocol Overload: Error {
    /// When it is worth asking again.
    var retryAfter: Duration { get }
  }

  extension EncodingQueue.Overloaded: Overload {}

  /// A bound on something that requests use while they are under way: places, or bytes of bodies.
  final class Admission: Sendable {
    /// The bound is reached.
    struct Full: Overload { let retryAfter = Duration.seconds(1) }

    let limit: Int
    private let used = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// What is in use.
    var count: Int { used.withLock { $0 } }

    /// Takes so much, or throws ``Full``; the first always fits.
    func reserve(_ amount: Int) throws(Full) -> Int {
      let fits = used.withLock { used in
        guard used == 0 || used + amount <= limit else { return false }
        used += amount
        return true
      }
      guard fits else { throw Full() }
      return amount
    }

    func free(_ amount: Int) { used.withLock { $0 -= amount } }
  }
#endif
