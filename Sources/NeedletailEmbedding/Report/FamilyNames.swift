/// What documents call the families of transformers, by `model_type`.
enum FamilyNames {
  /// The name of a family; its `model_type` where it has no other.
  static func name(_ modelType: String) -> String { names[modelType] ?? modelType }

  private static let names = [
    "albert": "ALBERT", "bert": "BERT", "bert-generation": "BERT-generation", "bloom": "BLOOM",
    "camembert": "CamemBERT", "clip": "CLIP", "clip_text_model": "CLIP", "deberta": "DeBERTa",
    "deberta-v2": "DeBERTa-v2", "distilbert": "DistilBERT", "electra": "ELECTRA", "ernie": "ERNIE",
    "eurobert": "EuroBERT", "gemma": "Gemma", "gemma2": "Gemma 2", "gemma3_text": "Gemma 3", "gpt2": "GPT-2",
    "gpt_neox": "GPT-NeoX", "gte": "GTE", "jina_embeddings_v3": "jina-embeddings-v3", "llama": "Llama",
    "ltgbert": "LTG-BERT",
    "megatron-bert": "Megatron-BERT", "mistral": "Mistral", "modernbert": "ModernBERT", "mpnet": "MPNet", "mt5": "mT5",
    "nomic_bert": "NomicBERT", "nvembed": "NV-Embed", "phi": "Phi", "phi3": "Phi-3", "qwen2": "Qwen2", "qwen3": "Qwen3",
    "roberta": "RoBERTa", "roberta-prelayernorm": "RoBERTa-PreLayerNorm", "t5": "T5", "xlm-roberta": "XLM-RoBERTa",
    "xlm-roberta-xl": "XLM-RoBERTa-XL",
  ]
}
