internal import NeedletailTensor
internal import Synchronization

/// Adds up what threads spent their time on.
final class TimeSpent: Sendable {
  private let sum = Mutex(Profile())

  /// What was added so far.
  var profile: Profile { sum.withLock { $0 } }

  func add(_ profile: Profile) { sum.withLock { $0.add(profile) } }

  /// Runs `body` and adds its time to a part of the work.
  func measuring<Result>(_ part: Profile.Part, _ body: () throws -> Result) rethrows -> Result {
    var profile = Profile()
    profile.begin(part)
    defer {
      profile.begin(nil)
      add(profile)
    }
    return try body()
  }
}
