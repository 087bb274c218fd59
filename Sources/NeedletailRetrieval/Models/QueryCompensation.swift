/// How questions that another model embeds find documents whose vectors are of the collection's own model.
///
/// The other model's vectors of questions are mapped to where the collection's model would have put them. What that loses
/// was measured with texts of the collection that the map was not fitted on.
public struct QueryCompensation: Sendable, Equatable {
  /// The identity of the model that embeds the questions.
  public let model: String
  /// How the program that made the map opens that model, in words of its own; kept, and never read here.
  public let opening: String?
  /// How many texts the map was fitted on.
  public let pairs: Int
  /// How many other texts of the collection were searched for to measure it.
  public let questions: Int
  /// The part of the ten nearest documents that is still found; 0…1.
  ///
  /// The ten are those that the collection's own vectors of the texts find, and the mapped vectors find them among their
  /// first ten. Where there are hardly more than ten documents it says nothing.
  public let recall: Double
}
