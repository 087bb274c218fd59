import Needletail

/// One progress bar for each phase of a training.
final class TrainingDisplay {
  private let quiet: Bool
  private var phase: TrainingProgress.Phase?
  private var bar: ProgressBar?

  init(quiet: Bool) { self.quiet = quiet }

  func show(_ progress: TrainingProgress) {
    if phase != progress.phase {
      bar?.finish()
      bar = ProgressBar(
        progress.phase.description, total: progress.total, unit: progress.phase == .counting ? "B" : "tokens",
        quiet: quiet)
      phase = progress.phase
    }
    bar?.advance(to: progress.done)
  }

  func finish() { bar?.finish() }
}
