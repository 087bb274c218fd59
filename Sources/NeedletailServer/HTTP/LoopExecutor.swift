#if Server
  internal import NIOCore

  /// Runs a connection's tasks on its event loop, so that no other thread has to be woken for them.
  ///
  /// What takes longer than some microseconds belongs elsewhere: the loop has other connections. A ``Route`` says whether
  /// it is brief.
  final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
  }
#endif
