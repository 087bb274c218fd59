internal import NeedletailTensor
internal import Synchronization

/// The memory of walks, used again by the next walk that needs as much.
final class BeamPool: Sendable {
  /// `@unchecked Sendable`: a beam is used by one walk at a time; it is in the list or with a walk, never both.
  private struct Idle: @unchecked Sendable {
    var beams: [GraphBeam] = []
  }

  private let idle = Mutex(Idle())

  /// Lends a beam.
  func withBeam<Result>(
    nodes: Int, capacity: Int, trail: Int, dimension: Int, _ body: (GraphBeam) throws -> Result
  ) rethrows -> Result {
    let found = idle.withLock { idle -> Idle in
      let index = idle.beams.lastIndex {
        $0.nodes >= nodes && $0.nodes <= max(nodes, 1024) * 2 && $0.capacity >= capacity && $0.trail == trail
      }
      return Idle(beams: index.map { [idle.beams.remove(at: $0)] } ?? [])
    }
    let beam =
      found.beams.first ?? GraphBeam(nodes: nodes, capacity: max(128, capacity), trail: trail, dimension: dimension)
    defer {
      let returned = Idle(beams: [beam])
      idle.withLock { idle in
        if idle.beams.count >= Self.most { idle.beams.removeFirst() }
        idle.beams += returned.beams
      }
    }
    return try body(beam)
  }

  /// More idle beams than this are let go.
  private static let most = 16
}
