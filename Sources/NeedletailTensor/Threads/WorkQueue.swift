internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The jobs of a team and the threads that take their items; a thread with nothing to take sleeps.
///
/// `@unchecked Sendable`: `jobs`, `running` and `stopped` are read and written under `lock` only.
@safe final class WorkQueue: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [Job] = []
  /// How many jobs ever came.
  let arrivals = Atomic<Int>(0)
  private var running = 0
  private var stopped = false

  init() {
    unsafe lock.initialize(to: pthread_mutex_t())
    unsafe wake.initialize(to: pthread_cond_t())
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(wake, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(wake)
    unsafe pthread_mutex_destroy(lock)
    unsafe wake.deallocate()
    unsafe lock.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return body()
  }

  func add(_ job: Job) {
    locked { jobs.append(job) }
    arrivals.add(1, ordering: .relaxed)
    unsafe pthread_cond_broadcast(wake)
  }

  func stop() {
    locked { stopped = true }
    unsafe pthread_cond_broadcast(wake)
  }

  /// Starts the threads, once; they hold the queue, not the team, and end when the team is gone.
  ///
  /// - Returns: Whether any thread runs: where the system has no room for all of them, those that it has do the work.
  func startThreads(_ count: Int) -> Bool {
    locked {
      if running == 0 { running = (0..<count).prefix { _ in startThread() }.count }
      return running > 0
    }
  }

  /// Starts one thread, unless the system has no room for it.
  private func startThread() -> Bool {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    unsafe pthread_attr_setstacksize(&attributes, 8 << 20)
    let context = unsafe Unmanaged.passRetained(self).toOpaque()
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    #if canImport(Darwin)
      let status = unsafe pthread_create(&thread, &attributes, { unsafe WorkQueue.main($0) }, context)
    #else
      let status = unsafe pthread_create(
        &thread, &attributes, { unsafe $0.flatMap { unsafe WorkQueue.main($0) } }, context)
    #endif
    unsafe pthread_attr_destroy(&attributes)
    if status != 0 { unsafe Unmanaged<WorkQueue>.fromOpaque(context).release() }
    return status == 0
  }

  private static func main(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let queue = unsafe Unmanaged<WorkQueue>.fromOpaque(context).takeRetainedValue()
    while let (job, item) = queue.nextItem() { job.perform(item) }
    return nil
  }

  /// Waits for an item; `nil` when the team is gone.
  private func nextItem() -> (Job, Int)? {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    while true {
      while let job = jobs.first {
        if let item = job.take() { return (job, item) }
        jobs.removeFirst()
      }
      if stopped { return nil }
      unsafe pthread_cond_wait(wake, lock)
    }
  }
}
