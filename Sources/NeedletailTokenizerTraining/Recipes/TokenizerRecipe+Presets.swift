public import NeedletailTokenizers

extension TokenizerRecipe {
  /// Pipelines as the field uses them.
  public struct Preset: Sendable, Hashable, CaseIterable {
    /// What the command line calls it.
    public let name: String
    /// The text of a `tokenizer.json` without a vocabulary, with what its `tokenizer_config.json` says.
    let json: String

    /// Presets are told apart by name.
    public static func == (one: Preset, other: Preset) -> Bool { one.name == other.name }
    /// Presets are told apart by name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// All presets.
    public static let allCases: [Preset] = [bert, byteLevel, llama3, qwen2, metaspace, unigram, wordLevel]
  }

  /// A pipeline of the field.
  public init(_ preset: Preset) throws(TokenizerError) {
    try self.init(tokenizerJSON: Array(preset.json.utf8), subject: "the preset \(preset.name)")
  }
}

extension TokenizerRecipe.Preset {
  /// WordPiece as BERT has it (Devlin and others 2018), keeping case and accents.
  public static let bert = Self(
    name: "bert",
    json: #"""
      {"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
        "lowercase": false},
      "pre_tokenizer": {"type": "BertPreTokenizer"},
      "post_processor": {"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
          {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
          {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
          {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
        "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [], "tokens": ["[CLS]"]},
          "[SEP]": {"id": "[SEP]", "ids": [], "tokens": ["[SEP]"]}}},
      "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
      "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100},
      "added_tokens": [{"content": "[PAD]", "special": true}, {"content": "[UNK]", "special": true},
        {"content": "[CLS]", "special": true}, {"content": "[SEP]", "special": true},
        {"content": "[MASK]", "special": true}],
      "tokenizer_config": {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]",
        "mask_token": "[MASK]", "clean_up_tokenization_spaces": true}}
      """#)

  /// Byte-level BPE as GPT-2 splits (Radford and others 2019) and RoBERTa frames (Liu and others 2019).
  public static let byteLevel = Self(
    name: "byte-level",
    json: #"""
      {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
      "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 0], "cls": ["<s>", 0], "trim_offsets": true,
        "add_prefix_space": false},
      "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
      "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false},
      "added_tokens": [{"content": "<s>", "special": true}, {"content": "<pad>", "special": true},
        {"content": "</s>", "special": true}, {"content": "<unk>", "special": true},
        {"content": "<mask>", "special": true, "lstrip": true}],
      "tokenizer_config": {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>",
        "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>", "clean_up_tokenization_spaces": false}}
      """#)

  /// Byte-level BPE with the pattern of Llama 3.
  public static let llama3 = Self(
    name: "llama3",
    json: #"""
      {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]},
      "post_processor": {"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
        {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
          "pair": [{"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "<|begin_of_text|>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
          "special_tokens": {"<|begin_of_text|>": {"id": "<|begin_of_text|>", "ids": [],
            "tokens": ["<|begin_of_text|>"]}}}]},
      "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
      "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": true},
      "added_tokens": [{"content": "<|begin_of_text|>", "special": true}, {"content": "<|end_of_text|>", "special": true},
        {"content": "<|pad|>", "special": true}],
      "tokenizer_config": {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>", "pad_token": "<|pad|>",
        "clean_up_tokenization_spaces": false}}
      """#)

  /// Byte-level BPE with the pattern of Qwen 2: every digit alone.
  public static let qwen2 = Self(
    name: "qwen2",
    json: #"""
      {"normalizer": {"type": "NFC"},
      "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}]},
      "post_processor": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
      "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
      "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false},
      "added_tokens": [{"content": "<|endoftext|>", "special": true}, {"content": "<|im_start|>", "special": true},
        {"content": "<|im_end|>", "special": true}],
      "tokenizer_config": {"eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>",
        "clean_up_tokenization_spaces": false}}
      """#)

  /// BPE over characters with visible spaces and single bytes for what is unknown, as Llama 2 and Gemma have it.
  public static let metaspace = Self(
    name: "metaspace",
    json: #"""
      {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
      "post_processor": {"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
          {"SpecialToken": {"id": "<s>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [], "tokens": ["<s>"]}}},
      "decoder": {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
      "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false},
      "added_tokens": [{"content": "<unk>", "special": true}, {"content": "<s>", "special": true},
        {"content": "</s>", "special": true}, {"content": "<pad>", "special": true}],
      "tokenizer_config": {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>",
        "clean_up_tokenization_spaces": false}}
      """#)

  /// Unigram (Kudo 2018) with visible spaces, as T5, XLM-R and ALBERT have it.
  public static let unigram = Self(
    name: "unigram",
    json: #"""
      {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "NFKC"},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
      "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
      "post_processor": {"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
          {"SpecialToken": {"id": "</s>", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
          {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
          {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [], "tokens": ["<s>"]},
          "</s>": {"id": "</s>", "ids": [], "tokens": ["</s>"]}}},
      "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
      "model": {"type": "Unigram", "unk_id": null, "byte_fallback": false},
      "added_tokens": [{"content": "<s>", "special": true}, {"content": "<pad>", "special": true},
        {"content": "</s>", "special": true}, {"content": "<unk>", "special": true},
        {"content": "<mask>", "special": true, "lstrip": true}],
      "tokenizer_config": {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>",
        "pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>", "clean_up_tokenization_spaces": false}}
      """#)

  /// Whole words, split at white space and punctuation; what is not known is one unknown token.
  public static let wordLevel = Self(
    name: "wordlevel",
    json: #"""
      {"pre_tokenizer": {"type": "Whitespace"},
      "model": {"type": "WordLevel", "unk_token": "[UNK]"},
      "added_tokens": [{"content": "[PAD]", "special": true}, {"content": "[UNK]", "special": true}],
      "tokenizer_config": {"pad_token": "[PAD]", "unk_token": "[UNK]", "clean_up_tokenization_spaces": false}}
      """#)
}
