/// What "near" means for two vectors.
public enum Metric: String, Sendable, CaseIterable {
  /// Σ qᵢxᵢ: larger is nearer.
  case innerProduct = "ip"
  /// The inner product of the vectors at length one, −1…1: larger is nearer. A vector of zeros has similarity 0 to all.
  case cosine
  /// Σ (qᵢ − xᵢ)², at least 0: smaller is nearer.
  case squaredL2 = "l2"
}
