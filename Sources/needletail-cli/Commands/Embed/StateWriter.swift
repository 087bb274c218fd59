import Needletail
import NeedletailTensor
import Synchronization

/// Writes what a model computes inside, a tensor a text, named by its position; the file has its name once ``finish()``
/// is through.
final class StateWriter: Sendable {
  private enum Kind {
    case safetensors(SafetensorsWriter)
    /// The states of the only text.
    case npy(NpyWriter)
  }

  private struct State {
    let kind: Kind
    var texts = 0
  }

  private let state: Mutex<State>

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: Where it will be; `-` is standard output.
  ///   - columns: Features of a token for NumPy's format, which holds one text; `nil` for safetensors.
  init(_ path: String, columns: Int?) throws {
    if let columns {
      state = Mutex(State(kind: .npy(try NpyWriter(path, columns: columns))))
    } else {
      state = Mutex(State(kind: .safetensors(try SafetensorsWriter(path))))
    }
  }

  /// Adds the states of a text.
  ///
  /// - Parameters:
  ///   - layers: `[tokens, hidden]` each.
  ///   - stacked: Whether the tensor is `[layers, tokens, hidden]`, or the only layer.
  func append(_ layers: [Matrix], stacked: Bool) throws {
    try state.withLock { state in
      switch state.kind {
      case .npy(let writer): for layer in layers { try writer.append(layer) }
      case .safetensors(let writer):
        let shape = layers.first.map { [$0.rows, $0.columns] } ?? [0, 0]
        try writer.begin("\(state.texts)", shape: stacked ? [layers.count] + shape : shape)
        for layer in layers { try writer.append(values: layer.values) }
      }
      state.texts += 1
    }
  }

  /// Begins the tensor of a text whose values come a part at a time.
  func begin(shape: [Int]) throws {
    try state.withLock { state in
      guard case .safetensors(let writer) = state.kind else { preconditionFailure("parts are written as safetensors") }
      try writer.begin("\(state.texts)", shape: shape)
      state.texts += 1
    }
  }

  /// Adds values to the tensor that was begun.
  func append(_ values: [Float]) throws {
    try state.withLock { state in
      guard case .safetensors(let writer) = state.kind else { preconditionFailure("parts are written as safetensors") }
      try writer.append(values: values)
    }
  }

  /// Completes the file.
  func finish() throws {
    try state.withLock { state in
      switch state.kind {
      case .safetensors(let writer): try writer.finish()
      case .npy(let writer): try writer.finish()
      }
    }
  }
}
