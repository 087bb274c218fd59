/// What documents call the families of transformers, by `model_type`.
enum FamilyNames {
  /// The name of a family; its `model_type` where it has no other.
  static func name(_ modelType: String) -> String { names[modelType] ?? modelType }

  private static let names = [
    "albert": "ALBERT", "bert": "BERT", "bert-generation": "BERT-generation", "camembert": "CamemBERT",
    "distilbert": "DistilBERT", "electra": "ELECTRA", "ernie": "ERNIE", "gte": "GTE", "megatron-bert": "Megatron-BERT",
    "modernbert": "ModernBERT", "mpnet": "MPNet", "nomic_bert": "NomicBERT", "roberta": "RoBERTa",
    "roberta-prelayernorm": "RoBERTa-PreLayerNorm", "xlm-roberta": "XLM-RoBERTa", "xlm-roberta-xl": "XLM-RoBERTa-XL",
  ]
}
