internal import CNeedletail
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Threads that share the steps of one run of a model: one leads, the others help for as long as the run lasts.
///
/// A step comes in pieces that anyone may take. The leader takes them too and waits only for those that others took, so
/// a helper that comes late, or never, costs nothing. Steps last microseconds; that is why helpers wait for the next
/// one without sleeping, from ``help()`` until ``dismiss()``. The result of a piece depends on its number only.
///
/// `@unchecked Sendable`: `work` is written by the leader between steps only, when no piece is taken, and read by those
/// who took one.
@safe package final class Crew: @unchecked Sendable {
  /// The part of a step that depends on what is computed: its data and the function that does one piece of it.
  @unsafe private struct Work {
    let data: UnsafeRawPointer
    let body: Body
  }
  /// Does one piece of a step on the thread of this place; the data is what ``share(_:_:_:)`` was given.
  package typealias Body = @convention(c) (_ data: UnsafeRawPointer, _ piece: Int, _ place: Int) -> Void

  /// Threads that may come, the leader among them; their places are 0, the leader's, to `threads` − 1.
  package let threads: Int
  /// The step's number, how many pieces it has, how many are taken: 32, 16 and 16 bits.
  private let step = Atomic<UInt64>(0)
  private let done = Atomic<Int>(0)
  private let places = Atomic<Int>(1)
  private let isOver = Atomic(false)
  private var work: Work?

  package init(threads: Int) { self.threads = threads }

  /// Does pieces of the leader's steps until it dismisses the crew, or until the helper is needed elsewhere.
  package func help(unless isNeeded: () -> Bool) {
    let place = places.add(1, ordering: .relaxed).oldValue
    guard place < threads else { return }
    var wait = Wait()
    while !isOver.load(ordering: .relaxed), !isNeeded() {
      if let piece = take() {
        perform(piece, place)
        wait = Wait()
      } else {
        wait.again()
      }
    }
  }

  /// Ends the run: helpers leave.
  package func dismiss() { isOver.store(true, ordering: .relaxed) }

  /// Does `pieces` pieces of work, with whoever helps, and returns when all are done; for the leader only.
  ///
  /// - Parameters:
  ///   - pieces: 0 to 65,535.
  ///   - data: What `body` is given; lives until this returns.
  ///   - body: Does one piece; pieces do not depend on one another.
  package func share<Data>(_ pieces: Int, _ data: borrowing Data, _ body: Body) {
    precondition((0...0xffff).contains(pieces), "a step has at most 65,535 pieces")
    unsafe withUnsafePointer(to: data) { data in
      guard pieces > 1, places.load(ordering: .relaxed) > 1 else {
        for piece in 0..<pieces { unsafe body(data, piece, 0) }
        return
      }
      unsafe work = unsafe Work(data: data, body: body)
      done.store(0, ordering: .relaxed)
      let number = step.load(ordering: .relaxed) >> 32 &+ 1
      step.store(number << 32 | UInt64(pieces) << 16, ordering: .releasing)
      while let piece = take() { perform(piece, 0) }
      var wait = Wait()
      while done.load(ordering: .acquiring) < pieces { wait.again() }
    }
  }

  /// The number of a piece that nobody took yet, or `nil`.
  private func take() -> Int? {
    var seen = step.load(ordering: .acquiring)
    while seen & 0xffff < seen >> 16 & 0xffff {
      let (taken, now) = step.weakCompareExchange(
        expected: seen, desired: seen &+ 1, successOrdering: .acquiring, failureOrdering: .acquiring)
      if taken { return Int(seen & 0xffff) }
      seen = now
    }
    return nil
  }

  private func perform(_ piece: Int, _ place: Int) {
    if let work = unsafe work { unsafe work.body(work.data, piece, place) }
    done.add(1, ordering: .releasing)
  }

  /// Waits without sleeping, and lets other threads run where there are more of them than processors.
  private struct Wait {
    private var turns = 0

    mutating func again() {
      turns &+= 1
      if turns % 4096 == 0 { sched_yield() } else { nt_relax() }
    }
  }
}
