internal import NeedletailTensor
internal import Synchronization

/// Adds up what threads spent their time on.
final class TimeSpent: Sendable {
  private let sum = Mutex(Profile())

  /// What was added so far.
  var profile: Profile { sum.withLock { $0 } }

  func add(_ profile: Profile) { sum.withLock { $0.add(profile) } }
}
