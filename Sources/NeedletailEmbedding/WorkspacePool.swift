internal import NeedletailTensor
internal import Synchronization

/// Workspaces that are used again and again: as many as were ever needed at one time.
final class WorkspacePool: Sendable {
  private let kernels: Kernels
  private let idle = Mutex<[SendableWorkspace]>([])

  /// `@unchecked Sendable`: a workspace in the pool is used by nobody, and one outside it by one thread.
  private struct SendableWorkspace: @unchecked Sendable { let workspace: Workspace }

  init(kernels: Kernels) { self.kernels = kernels }

  func withWorkspace<Result>(_ body: (Workspace) throws -> Result) rethrows -> Result {
    let borrowed = idle.withLock { $0.popLast() } ?? SendableWorkspace(workspace: Workspace(kernels: kernels))
    defer { idle.withLock { $0.append(borrowed) } }
    return try body(borrowed.workspace)
  }
}
