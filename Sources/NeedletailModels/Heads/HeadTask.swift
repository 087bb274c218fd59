/// What a head makes of an encoder's states.
public enum HeadTask: Sendable, Hashable, CaseIterable {
  /// Logits of a whole text or pair: classifiers and cross-encoders.
  case sequenceClassification
  /// Logits of every token: taggers.
  case tokenClassification
  /// Two logits of every token, that an answer starts there and that it ends there.
  case questionAnswering
  /// One logit of every token, above 0 where the token was probably put in place of another: ELECTRA's discriminator.
  case replacedTokens
  /// A vector of a whole text, which models of the BERT kind make of their first token.
  case pooling

  /// What follows a family's name in the architectures that have this head.
  var suffix: String {
    switch self {
    case .sequenceClassification: "ForSequenceClassification"
    case .tokenClassification: "ForTokenClassification"
    case .questionAnswering: "ForQuestionAnswering"
    case .replacedTokens: "ForPreTraining"
    case .pooling: "Model"
    }
  }
}

/// What a classifier was trained for; it says how logits become probabilities.
public enum ProblemType: String, Sendable, CaseIterable {
  /// Numbers, used as they are.
  case regression
  /// One of several labels: softmax.
  case singleLabel = "single_label_classification"
  /// Any number of labels: a sigmoid each.
  case severalLabels = "multi_label_classification"
}
