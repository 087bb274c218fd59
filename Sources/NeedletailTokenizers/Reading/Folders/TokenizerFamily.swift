/// The tokenizer classes of transformers whose older files are read here, by what they have in common.
enum TokenizerFamily: Sendable {
  case bert, mpnet
  case roberta, gpt2, deberta
  case xlmRoberta, camembert, t5, albert, debertaV2, xlnet
  case llama, gemma
  /// Without a vocabulary: bytes, and Unicode scalars.
  case byT5, canine
  /// KR-BERT's, which transformers does not have.
  case bidirectional
  /// What transformers uses where a class is not its own: a `tokenizer.json` as it is, or a SentencePiece model.
  case generic

  init?(className: String) {
    switch className {
    case "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer",
      "LayoutLMTokenizer", "SqueezeBertTokenizer", "LxmertTokenizer", "DPRQuestionEncoderTokenizer",
      "DPRContextEncoderTokenizer", "DPRReaderTokenizer":
      self = .bert
    case "MPNetTokenizer": self = .mpnet
    case "RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer": self = .roberta
    case "GPT2Tokenizer": self = .gpt2
    case "DebertaTokenizer": self = .deberta
    case "XLMRobertaTokenizer": self = .xlmRoberta
    case "CamembertTokenizer": self = .camembert
    case "T5Tokenizer": self = .t5
    case "AlbertTokenizer": self = .albert
    case "DebertaV2Tokenizer": self = .debertaV2
    case "XLNetTokenizer": self = .xlnet
    case "LlamaTokenizer": self = .llama
    case "GemmaTokenizer": self = .gemma
    case "ByT5Tokenizer": self = .byT5
    case "CanineTokenizer": self = .canine
    case "BidirectionalWordPieceTokenizer": self = .bidirectional
    case "PreTrainedTokenizer", "TokenizersBackend", "MT5Tokenizer": self = .generic
    default: return nil
    }
  }

  /// The family of a `model_type` of `config.json`, for folders that name no class.
  init?(modelType: String) {
    switch modelType {
    case "bert", "convbert", "distilbert", "electra", "ernie", "flava", "layoutlm", "megatron-bert", "mobilebert",
      "nezha", "nomic_bert", "qdqbert", "realm", "retribert", "squeezebert", "visual_bert":
      self = .bert
    case "mpnet": self = .mpnet
    case "roberta", "bart", "bridgetower", "clap", "data2vec-text", "ibert", "lilt", "longformer", "mega", "mra",
      "roberta-prelayernorm":
      self = .roberta
    case "gpt2", "gpt_neo", "gptj", "opt", "phi", "codegen", "starcoder2": self = .gpt2
    case "deberta": self = .deberta
    case "xlm-roberta", "gte", "jina_embeddings_v3", "xmod": self = .xlmRoberta
    case "camembert": self = .camembert
    case "t5", "mt5", "switch_transformers": self = .t5
    case "albert", "yoso": self = .albert
    case "deberta-v2": self = .debertaV2
    case "xlnet": self = .xlnet
    case "byt5": self = .byT5
    case "canine": self = .canine
    case "llama", "idefics", "idefics2": self = .llama
    case "gemma", "gemma2", "gemma3", "gemma3_text", "gemma3n", "gemma3n_text", "recurrent_gemma", "t5gemma":
      self = .gemma
    case "mistral", "mixtral", "modernbert", "nystromformer", "stablelm", "umt5", "xlm-roberta-xl", "phi3", "olmo2":
      self = .generic
    default: return nil
    }
  }

  /// The vocabulary files that the family is read from, beside `tokenizer.json`.
  var files: [String] {
    switch self {
    case .bert, .mpnet, .bidirectional: ["vocab.txt"]
    case .roberta, .gpt2, .deberta: ["vocab.json", "merges.txt"]
    case .xlmRoberta, .camembert: ["sentencepiece.bpe.model"]
    case .t5, .albert, .xlnet: ["spiece.model"]
    case .debertaV2: ["spm.model"]
    case .llama, .gemma, .generic: ["tokenizer.model"]
    case .byT5, .canine: []
    }
  }

  /// The special tokens of the family where no file names them.
  var specials: [String: FolderSettings.Token] {
    func tokens(_ contents: KeyValuePairs<String, String>) -> [String: FolderSettings.Token] {
      Dictionary(contents.map { ($0.key + "_token", FolderSettings.Token($0.value)) }) { one, _ in one }
    }
    let fairseq = tokens([
      "bos": "<s>", "eos": "</s>", "sep": "</s>", "cls": "<s>", "unk": "<unk>", "pad": "<pad>", "mask": "<mask>",
    ])
    let bert = tokens(["sep": "[SEP]", "cls": "[CLS]", "unk": "[UNK]", "pad": "[PAD]", "mask": "[MASK]"])
    let ends = tokens(["bos": "[CLS]", "eos": "[SEP]"])
    switch self {
    case .bert, .bidirectional: return bert
    case .mpnet: return fairseq.merging(tokens(["unk": "[UNK]"])) { $1 }
    case .roberta, .xlmRoberta, .camembert: return fairseq
    case .gpt2: return tokens(["unk": "<|endoftext|>", "bos": "<|endoftext|>", "eos": "<|endoftext|>"])
    case .deberta, .debertaV2: return bert.merging(ends) { $1 }
    case .albert: return bert.merging(ends) { $1 }.merging(tokens(["unk": "<unk>", "pad": "<pad>"])) { $1 }
    case .byT5, .t5: return tokens(["eos": "</s>", "unk": "<unk>", "pad": "<pad>"])
    case .xlnet: return fairseq.merging(tokens(["sep": "<sep>", "cls": "<cls>"])) { $1 }
    case .llama: return tokens(["bos": "<s>", "eos": "</s>", "unk": "<unk>"])
    case .gemma:
      return tokens(["bos": "<bos>", "eos": "<eos>", "unk": "<unk>", "pad": "<pad>", "mask": "<mask>"])
    case .canine:
      return tokens([
        "bos": "\u{E000}", "eos": "\u{E001}", "sep": "\u{E001}", "cls": "\u{E000}", "pad": "\u{0}",
        "mask": "\u{E003}",
      ])
    case .generic: return [:]
    }
  }

  /// Whether a mask that is named by a plain string takes the white space before it.
  var masksStrip: Bool { [.mpnet, .camembert, .xlnet].contains(self) }
}
