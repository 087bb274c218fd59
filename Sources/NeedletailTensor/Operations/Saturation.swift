#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// log(1 + max(x, 0)), which lets large weights grow slowly (Formal, Piwowarski and Clinchant 2021, arXiv:2107.05720).
package enum Saturation {
  /// Of one number; not a number stays what it is.
  package static func apply(_ value: Float) -> Float { value <= 0 ? 0 : log1p(value) }
}

extension Workspace {
  /// Applies ``Saturation`` to all values of a block.
  package func saturate(_ block: Block) {
    let start = unsafe pointer(block)
    for index in 0..<block.rows * block.columns { unsafe start[index] = Saturation.apply(start[index]) }
  }
}
