import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One way to spoil a copy of a model folder that works, and what the error has to say about it.
struct Damage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let fixture: String
  /// What the error's text has to contain: the file, then the key, tensor or value.
  let words: [String]
  let apply: @Sendable (ModelCopy) throws -> Void

  init(
    _ description: String, of fixture: String = "dense-tanh", _ words: [String],
    _ apply: @escaping @Sendable (ModelCopy) throws -> Void
  ) {
    testDescription = description
    self.fixture = fixture
    self.words = words
    self.apply = apply
  }

  /// Replaces a piece of a text file.
  static func edit(
    _ path: String, _ old: String, _ new: String, of fixture: String = "dense-tanh", says words: [String]
  ) -> Damage {
    Damage("\(path): \(old.debugDescription) becomes \(new.debugDescription)", of: fixture, [path] + words) {
      try $0.replace(old, with: new, in: path)
    }
  }

  /// Replaces a whole text file.
  static func text(_ path: String, _ text: String, of fixture: String = "dense-tanh", says words: [String]) -> Damage {
    Damage("\(path) is \(text.debugDescription)", of: fixture, [path] + words) { try $0.write(text, to: path) }
  }

  /// Replaces bytes of a weights file's header by as many others.
  static func header(
    _ path: String, _ old: String, _ new: String, of fixture: String = "dense-tanh", says words: [String]
  ) -> Damage {
    precondition(old.utf8.count == new.utf8.count, "a header keeps its length")
    return Damage("\(path): \(old) becomes \(new)", of: fixture, [path] + words) { folder in
      let data = try Data(contentsOf: folder.file(path))
      let changed = data.replacing(Data(old.utf8), with: Data(new.utf8))
      precondition(changed != data, "\(path) holds \(old)")
      try folder.write(changed, to: path)
    }
  }

  /// Cuts a file off.
  static func cut(_ path: String, to count: Int, of fixture: String = "dense-tanh", says words: [String]) -> Damage {
    Damage("\(path) ends after \(count) bytes", of: fixture, [path] + words) { folder in
      try folder.write(Data(contentsOf: folder.file(path)).prefix(count), to: path)
    }
  }

  /// Removes a file or folder.
  static func missing(_ path: String, of fixture: String = "dense-tanh", says words: [String]) -> Damage {
    Damage("\(path) is missing", of: fixture, words) { try $0.remove(path) }
  }
}

extension Damage {
  static let all = files + modules + configurations + weights + tokenizers + sizes + projections

  private static let files = [
    missing("config.json", says: ["config.json"]),
    missing("model.safetensors", says: ["model.safetensors"]),
    missing("tokenizer.json", says: ["tokenizer.json"]),
    missing("1_Pooling/config.json", says: ["1_Pooling/config.json"]),
    missing("1_Pooling", says: ["1_Pooling/config.json"]),
    missing("2_Dense/config.json", says: ["2_Dense/config.json"]),
    missing("2_Dense/model.safetensors", says: ["2_Dense", "model.safetensors"]),
    missing("model.safetensors", of: "static", says: ["model.safetensors"]),
    missing("tokenizer.json", of: "static", says: ["tokenizer.json"]),
    Damage("config.json is a folder", ["config.json", "not a regular file"]) {
      try $0.remove("config.json")
      try $0.write("", to: "config.json/file")
    },
    Damage("modules.json and config.json are missing", ["modules.json", "is it a model folder?"]) {
      try $0.remove("modules.json")
      try $0.remove("config.json")
    },
    Damage("a shard is missing", ["model-00002-of-00002.safetensors"]) {
      try $0.remove("model.safetensors")
      try $0.write(
        #"{"weight_map": {"embeddings.LayerNorm.bias": "model-00002-of-00002.safetensors"}}"#,
        to: "model.safetensors.index.json")
    },
    Damage("a shard lies elsewhere", ["model.safetensors.index.json", "../model.safetensors"]) {
      try $0.remove("model.safetensors")
      try $0.write(
        #"{"weight_map": {"embeddings.LayerNorm.bias": "../model.safetensors"}}"#, to: "model.safetensors.index.json")
    },
  ]

  private static let pooling = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
  private static let dense = "sentence_transformers.base.modules.dense.Dense"

  private static let modules = [
    text("modules.json", "", says: []),
    text("modules.json", "[", says: [":1:"]),
    text("modules.json", "{}", says: ["array"]),
    text("modules.json", "[]", says: ["Transformer"]),
    text("modules.json", "[3]", says: []),
    text("modules.json", #"[{"path": ""}]"#, says: ["type"]),
    text("modules.json", #"[{"type": 1, "path": ""}]"#, says: ["type"]),
    edit("modules.json", "\"path\": \"2_Dense\"", "\"path\": 2", says: ["path"]),
    edit("modules.json", "2_Dense", "../2_Dense", says: ["../2_Dense", "outside"]),
    edit("modules.json", "2_Dense", "a/../../../2_Dense", says: ["outside"]),
    edit("modules.json", "2_Dense", "/etc", says: ["/etc", "outside"]),
    edit("modules.json", "2_Dense", "2_Dense\\u0000", says: ["outside"]),
    Damage("the path of a module is another's", ["1_Pooling/config.json", "in_features"]) {
      try $0.replace("2_Dense", with: "1_Pooling", in: "modules.json")
    },
    edit("modules.json", dense, "sentence_transformers.models.Asym", says: ["sentence_transformers.models.Asym"]),
    edit("modules.json", dense, "os.system", says: ["os.system", "not supported"]),
    edit("modules.json", dense, "my.custom.Dense", says: ["my.custom.Dense", "not supported"]),
    edit("modules.json", dense, pooling, says: ["Pooling"]),
    edit("modules.json", pooling, dense, says: ["Pooling"]),
    edit("modules.json", dense, "sentence_transformers.base.modules.transformer.Transformer", says: ["second encoder"]),
  ]

  private static let configurations = [
    text("config.json", "{", says: [":1:"]),
    text("config.json", "[]", says: ["model_type"]),
    text("config.json", "{\"model_type\": \"bert\"}\u{0}", says: [":1:"]),
    edit("config.json", "\"bert\"", "\"gpt9\"", says: ["model_type", "gpt9", "bert"]),
    edit("config.json", "\"hidden_size\": 24", "\"hidden_size\": 25", says: ["hidden_size", "num_attention_heads"]),
    edit("config.json", "\"hidden_size\": 24", "\"hidden_size\": 1e400", says: ["hidden_size"]),
    edit("config.json", "\"gelu\"", "\"snake\"", says: ["hidden_act", "snake"]),
    edit("1_Pooling/config.json", "24", "23", says: ["23", "24"]),
    edit("1_Pooling/config.json", "\"mean\"", "\"median\"", says: ["median"]),
    edit("1_Pooling/config.json", "\"mean\"", "[]", says: ["pooling_mode"]),
    edit("1_Pooling/config.json", "\"mean\"", "7", says: ["pooling mode"]),
    edit("1_Pooling/config.json", "\"include_prompt\": true", "\"include_prompt\": 1", says: ["include_prompt"]),
    edit("2_Dense/config.json", "\"in_features\": 24", "\"in_features\": 12", says: ["in_features", "12", "24"]),
    edit("2_Dense/config.json", "activation.Tanh", "activation.Snake", says: ["activation_function", "Snake"]),
    edit("2_Dense/config.json", "\"out_features\": 10", "\"out_features\": -1", says: ["out_features"]),
    edit(
      "2_Dense/config.json", "_name\": \"sentence_embedding", "_name\": \"token_embeddings", says: ["module_input_name"]
    ),
    edit("sentence_bert_config.json", "{\n", "{\"max_seq_length\": 0,\n", says: ["max_seq_length"]),
    edit("sentence_bert_config.json", "{\n", "{\"max_seq_length\": -5,\n", says: ["max_seq_length"]),
    edit("sentence_bert_config.json", "{\n", "{\"max_seq_length\": \"many\",\n", says: ["max_seq_length"]),
    edit("sentence_bert_config.json", "{\n", "{\"max_seq_length\": 1e99,\n", says: ["max_seq_length"]),
    edit("sentence_bert_config.json", "{\n", "{\"do_lower_case\": \"yes\",\n", says: ["do_lower_case"]),
    edit("sentence_bert_config.json", "feature-extraction", "fill-mask", says: ["transformer_task", "fill-mask"]),
    edit(
      "tokenizer_config.json", "\"model_max_length\": 48", "\"model_max_length\": \"48\"", says: ["model_max_length"]),
    edit(
      "config_sentence_transformers.json", "\"default_prompt_name\": null", "\"default_prompt_name\": \"title\"",
      says: ["title"]),
    edit("config_sentence_transformers.json", "\"query\": \"\"", "\"query\": 5", says: ["string"]),
    edit(
      "config_sentence_transformers.json", "\"SentenceTransformer\"", "\"CrossEncoder\"",
      says: ["model_type", "CrossEncoder"]),
    text("config_sentence_transformers.json", #"{"prompts": []}"#, says: ["prompts"]),
  ]

  private static let weights = [
    cut("model.safetensors", to: 0, says: ["too short"]),
    cut("model.safetensors", to: 7, says: ["too short"]),
    cut("model.safetensors", to: 8, says: ["truncated"]),
    cut("model.safetensors", to: 500, says: ["truncated"]),
    cut("model.safetensors", to: 40_000, says: ["tensor", "truncated"]),
    cut("model.safetensors", to: 72_919, says: ["tensor", "truncated"]),
    cut("2_Dense/model.safetensors", to: 1151, says: ["linear.weight", "truncated"]),
    Damage("a header of 2⁶⁴ bytes", ["model.safetensors", "18446744073709551615"]) { folder in
      try folder.write(
        Data(repeating: 0xFF, count: 8) + Data(contentsOf: folder.file("model.safetensors")).dropFirst(8),
        to: "model.safetensors")
    },
    header(
      "model.safetensors", "embeddings.word_embeddings", "embeddings.werd_embeddings",
      says: ["embeddings.word_embeddings.weight"]),
    header(
      "model.safetensors", "layer.0.attention.self.key.bias", "layer.0.attention.self.kee.bias",
      says: ["attention.self.key.bias"]),
    header(
      "model.safetensors", "\"shape\":[268,24]", "\"shape\":[24,268]",
      says: ["embeddings.word_embeddings.weight", "[24, 268]", "[268, 24]"]),
    header(
      "model.safetensors", "\"shape\":[48,24]", "\"shape\":[48,48]", says: ["embeddings.position_embeddings.weight"]),
    header("model.safetensors", "\"dtype\":\"F32\"", "\"dtype\":\"I32\"", says: ["I32", "float"]),
    header("model.safetensors", "\"dtype\":\"F32\"", "\"dtype\":\"F99\"", says: ["F99"]),
    header("model.safetensors", "[4992,30720]", "[5016,30744]", says: ["tensor", "overlaps"]),
    header("2_Dense/model.safetensors", "[10,24]", "[24,10]", says: ["linear.weight", "[24, 10]", "[10, 24]"]),
    header("2_Dense/model.safetensors", "linear.bias", "linear.bios", says: ["linear.bias"]),
    header(
      "model.safetensors", "\"dtype\":\"F32\"", "\"dtype\":\"I32\"", of: "static", says: ["embedding.weight", "I32"]),
    header("model.safetensors", "embedding.weight", "embedding.wright", of: "static", says: ["embedding.weight"]),
    header("model.safetensors", "\"shape\":[268,32]", "\"shape\":[134,64]", of: "static", says: [])
      .naming("134 rows"),
    header(
      "model.safetensors", "\"dtype\":\"I64\"", "\"dtype\":\"F64\"", of: "static-mapped", says: ["mapping", "F64"]),
    Damage("a row of the mapping is outside the table", of: "static-mapped", ["model.safetensors", "mapping", "100"]) {
      var data = try Data(contentsOf: $0.file("model.safetensors"))
      let start = 8 + Int(data[0]) + Int(data[1]) << 8
      data.replaceSubrange(start..<start + 8, with: [100, 0, 0, 0, 0, 0, 0, 0])
      try $0.write(data, to: "model.safetensors")
    },
    Damage("TensorFlow's own format alone", ["neither model.safetensors nor pytorch_model.bin"]) {
      try $0.remove("model.safetensors")
      try $0.write("HDF", to: "tf_model.h5")
    },
    cut("pytorch_model.bin", to: 0, of: "layout-checkpoint", says: ["no PyTorch checkpoint"]),
    cut("pytorch_model.bin", to: 1000, of: "layout-checkpoint", says: ["truncated"]),
    cut("pytorch_model.bin", to: 40_000, of: "layout-checkpoint", says: ["storage", "truncated"]),
    cut("2_Dense/pytorch_model.bin", to: 500, of: "layout-checkpoint", says: ["truncated"]),
    header(
      "pytorch_model.bin", "_rebuild_tensor_v2", "_rebuild_tensor_v9", of: "layout-checkpoint",
      says: ["torch._utils._rebuild_tensor_v9"]),
    header(
      "2_Dense/pytorch_model.bin", "linear.weight", "linear.wright", of: "layout-checkpoint", says: ["linear.weight"]),
  ]

  private static let tokenizers = [
    text("tokenizer.json", "{}", says: []),
    text("tokenizer.json", "{\"model\": ", says: [":1:"]),
    edit("tokenizer.json", "\"WordPiece\"", "\"Snake\"", says: ["Snake"]),
    edit("tokenizer.json", "\"BertNormalizer\"", "\"SnakeNormalizer\"", says: ["SnakeNormalizer"]),
    edit("tokenizer.json", "\"BertPreTokenizer\"", "\"SnakePreTokenizer\"", says: ["SnakePreTokenizer"]),
    edit("tokenizer.json", "\"id\": 4,", "\"id\": 400,", says: ["400"]),
    edit("tokenizer.json", "\"id\": 4,", "\"id\": 99999999999,", says: []),
    edit("tokenizer.json", "\"id\": 4,", "\"id\": -1,", says: []),
    edit("tokenizer.json", "\"id\": 4,", "\"id\": 268,", of: "static", says: ["268"]),
    Damage("tokenizer.json is not UTF-8", ["tokenizer.json"]) {
      try $0.write(Data([0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D]), to: "tokenizer.json")
    },
  ]

  private static let sizes = [
    edit("config.json", "\"vocab_size\": 268", "\"vocab_size\": 10000000", says: []).naming("model.safetensors"),
    edit("config.json", "\"vocab_size\": 268", "\"vocab_size\": 99999999999", says: ["vocab_size"]),
    edit("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1024", says: []).naming("encoder.layer.2"),
    edit("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000000000", says: ["num_hidden_layers"]),
    edit("config.json", "\"max_position_embeddings\": 48", "\"max_position_embeddings\": 1000000", says: [])
      .naming("embeddings.position_embeddings.weight"),
    edit("2_Dense/config.json", "\"out_features\": 10", "\"out_features\": 1000000", says: []).naming("linear.weight"),
    Damage("modules.json nests a million deep", ["modules.json"]) {
      try $0.write(String(repeating: "[", count: 1_000_000), to: "modules.json")
    },
    Damage("config.json is a pipe", ["config.json", "is not a regular file"]) {
      try $0.remove("config.json")
      try $0.pipe("config.json")
    },
    Damage("the tokenizer is a pipe", of: "static", ["tokenizer.json", "is not a regular file"]) {
      try $0.remove("tokenizer.json")
      try $0.pipe("tokenizer.json")
    },
    Damage("the table has more numbers than memory", of: "static", ["model.safetensors", "not enough memory"]) {
      let bytes = 10_000_000 * 60_000 * 2
      let header = #"{"embedding.weight":{"dtype":"F16","shape":[10000000,60000],"data_offsets":[0,\#(bytes)]}}"#
      try $0.write(Data(SafetensorsBytes.file(header: header)), to: "model.safetensors")
      try $0.lengthen("model.safetensors", to: 8 + header.utf8.count + bytes)
    },
    Damage("config.json has 300 MB", ["config.json", "too many"]) {
      try $0.lengthen("config.json", to: 300 << 20)
    },
  ]

  private static let projections = [
    edit("sentence_bert_config.json", "\"text\": {", "\"image\": {", says: ["reads image"]),
    edit("sentence_bert_config.json", "\"forward\"", "\"get_text_features\"", says: []).naming("projection of texts"),
    edit("sentence_bert_config.json", "\"last_hidden_state\"", "\"pooler_output\"", says: ["method_output_name"]),
    edit("sentence_bert_config.json", "_embedding\"", "_features\"", of: "clip", says: ["sentence_features"]),
    edit("sentence_bert_config.json", "\"get_text_features\"", "\"forward\"", of: "clip", says: []).naming("Pooling"),
    header(
      "model.safetensors", "text_projection.weight", "text_projectiom.weight", of: "clip",
      says: ["text_projection.weight"]),
    edit("config.json", "\"projection_dim\": 17", "\"projection_dim\": 18", of: "clip", says: [])
      .naming("text_projection.weight"),
    edit("config.json", "\"eos_token_id\": 3", "\"eos_token_id\": \"x\"", of: "clip", says: ["eos_token_id"]),
    edit(
      "0_CLIPModel/config.json", "\"eos_token_id\": 2", "\"eos_token_id\": -1", of: "clip-older", says: ["eos_token_id"]
    ),
    missing("0_CLIPModel/config.json", of: "clip-older", says: ["0_CLIPModel/config.json"]),
  ]

  /// The same damage, found in another file than the one that was changed.
  private func naming(_ word: String) -> Damage {
    Damage(testDescription, of: fixture, [word], apply)
  }
}
