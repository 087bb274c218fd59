#if Server
  import Dispatch
  import Synchronization

  /// Holds a thread of a team until the test has arranged what it wants to see.
  final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let arrivals = Atomic(0)

    /// How many threads have come.
    var count: Int { arrivals.load(ordering: .acquiring) }

    /// Waits until the gate is opened once.
    func pass() {
      arrivals.add(1, ordering: .acquiringAndReleasing)
      opened.wait()
    }

    func open() { opened.signal() }
  }

  /// Waits for something that another thread does.
  func eventually(_ condition: @Sendable () -> Bool) async {
    while !condition() { await Task.yield() }
  }
#endif
