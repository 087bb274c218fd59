internal import CNeedletail

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// One instruction set's arithmetic; a value to pass down, chosen once.
///
/// `@unchecked Sendable`: it points at an immutable table with static lifetime.
@safe public struct Kernels: @unchecked Sendable, CustomStringConvertible {
  let table: nt_kernels
  /// "portable", "avx2", "avx512" or "neon".
  public let name: String

  /// Every set that this processor can run, the slowest (and plainest) first.
  public static let available: [Kernels] = (0..<nt_kernels_count()).compactMap { index in
    unsafe nt_kernels_at(index).map { unsafe Kernels(table: $0.pointee, name: String(cString: $0.pointee.name)) }
  }

  /// The fastest set, or the one that the environment variable `NEEDLETAIL_KERNELS` names.
  ///
  /// - Throws: ``TensorError`` with code `.unsupported` where the variable names a set that cannot run here.
  public static func preferred(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(TensorError) -> Kernels {
    let names = available.map(\.name).joined(separator: ", ")
    guard let wanted = environment["NEEDLETAIL_KERNELS"], !wanted.isEmpty else {
      guard let best = available.last else {
        throw TensorError(.unsupported, "kernels", "this build has no kernels for this processor")
      }
      return best
    }
    guard let found = available.first(where: { $0.name == wanted }) else {
      throw TensorError(.unsupported, "NEEDLETAIL_KERNELS", "\"\(wanted)\" cannot run here; choose one of: \(names)")
    }
    return found
  }

  /// The name of the set.
  public var description: String { name }
}

/// An elementwise function after a matrix product.
public enum Activation: Sendable, Equatable {
  case identity
  /// x · Φ(x), with the exact error function.
  case gelu
  /// The tanh approximation of GELU.
  case geluTanh
  case relu
  case silu
  case tanh
  case sigmoid
  /// x · sigmoid(1.702 x).
  case quickGELU

  var code: nt_activation {
    switch self {
    case .identity: nt_activation_identity
    case .gelu: nt_activation_gelu
    case .geluTanh: nt_activation_gelu_tanh
    case .relu: nt_activation_relu
    case .silu: nt_activation_silu
    case .tanh: nt_activation_tanh
    case .sigmoid: nt_activation_sigmoid
    case .quickGELU: nt_activation_quick_gelu
    }
  }
}
