internal import NeedletailTensor

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What makes scores of a cross-encoder's logits.
public enum ScoreFunction: String, Sendable, CaseIterable {
  /// The logits themselves.
  case identity
  /// 0 to 1 each.
  case sigmoid
  /// The logarithm of the sigmoid, at most 0: of a question's answers the log-softmax.
  case logSigmoid
  case tanh
  case relu
  case gelu
  case silu
  /// 0 to 1 each, 1 together, over the labels of a pair.
  case softmax

  /// The function that PyTorch has under this path of a class, as in "torch.nn.modules.activation.Sigmoid".
  init?(classPath: String) {
    guard let point = classPath.lastIndex(of: "."), Self.places.contains(String(classPath[..<point])) else {
      return nil
    }
    switch classPath[classPath.index(after: point)...] {
    case "Identity": self = .identity
    case "Sigmoid": self = .sigmoid
    case "LogSigmoid": self = .logSigmoid
    case "Tanh": self = .tanh
    case "ReLU": self = .relu
    case "GELU": self = .gelu
    case "SiLU": self = .silu
    case "Softmax": self = .softmax
    default: return nil
    }
  }

  /// Where PyTorch has such classes.
  private static let places = ["torch.nn", "torch.nn.modules.activation", "torch.nn.modules.linear"]

  /// Applies the function to `[pairs, labels]`, in place.
  func apply(to logits: Block, in workspace: Workspace) {
    switch self {
    case .identity: break
    case .sigmoid: workspace.activate(logits, .sigmoid)
    case .logSigmoid:
      // Of large logits the sigmoid is 1 in any precision, and of small ones 0.
      let scores = workspace.values(of: logits).map { logit in
        Float(min(0, Double(logit)) - log1p(exp(-abs(Double(logit)))))
      }
      workspace.write(scores, to: logits)
    case .tanh: workspace.activate(logits, .tanh)
    case .relu: workspace.activate(logits, .relu)
    case .gelu: workspace.activate(logits, .gelu)
    case .silu: workspace.activate(logits, .silu)
    case .softmax:
      for row in 0..<logits.rows {
        let row = logits.rows(row..<row + 1)
        workspace.write(Self.softmax(workspace.values(of: row)), to: row)
      }
    }
  }

  private static func softmax(_ logits: [Float]) -> [Float] {
    let largest = logits.max() ?? 0
    let exponentials = logits.map { exp(Double($0 - largest)) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { Float($0 / sum) }
  }
}
