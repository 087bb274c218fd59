/// How hard a search tries.
public enum SearchEffort: Sendable, Equatable {
  /// As hard as it takes to find this share of the true nearest vectors on average, 0.5 to 1; the index was calibrated
  /// when it was built.
  case recall(Double)
  /// A walk that keeps this many vectors, at least 1: for who measures recall.
  case beam(Int)
  /// Every vector is compared.
  case exact
}
