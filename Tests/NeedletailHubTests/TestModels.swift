import NeedletailHub
import NeedletailJSON
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension FakeHub {
  /// A small sentence-transformers model, with files beside it that running it does not need.
  static let model: [String: File] = [
    ".gitattributes": small("*.safetensors filter=lfs"),
    "README.md": small("# A model"),
    "config.json": small(
      #"{"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, "vocab_size": 40, "max_position_embeddings": 512}"#
    ),
    "config_sentence_transformers.json": small(#"{"prompts": {"query": "query: ", "document": ""}}"#),
    "modules.json": small(
      #"""
      [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
       {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
       {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
      """#),
    "1_Pooling/config.json": small(#"{"word_embedding_dimension": 8, "pooling_mode_mean_tokens": true}"#),
    "sentence_bert_config.json": small(#"{"max_seq_length": 256}"#),
    "chat_template.jinja": small("{{ messages }}"),
    "additional_chat_templates/tool_use.jinja": small("{{ tools }}"),
    "additional_chat_templates/README.md": small("# Templates"),
    "tokenizer.json": small(#"{"version": "1.0", "model": {"type": "WordPiece"}}"#),
    "model.safetensors": File(bytes: weights, isLarge: true),
    "model.fp16.safetensors": File(bytes: [1, 2, 3], isLarge: true),
    "pytorch_model.bin": File(bytes: Array(repeating: 7, count: 999), isLarge: true),
    "onnx/model.onnx": File(bytes: Array(repeating: 8, count: 999), isLarge: true),
    "openvino/openvino_model.xml": small("<xml/>"),
  ]

  /// The paths of ``model`` that running it needs.
  static let needed = [
    "1_Pooling/config.json", "additional_chat_templates/tool_use.jinja", "chat_template.jinja", "config.json",
    "config_sentence_transformers.json", "model.safetensors", "modules.json", "sentence_bert_config.json",
    "tokenizer.json",
  ]

  static func small(_ text: String) -> File { File(bytes: Array(text.utf8), isLarge: false) }

  /// A safetensors file of a table with 40 rows of 8 numbers and one of 75,000 rows of 10: about 3 MB.
  static let weights: [UInt8] = {
    let header = JSONValue.object([
      "embeddings.word_embeddings.weight": .object([
        "dtype": .string("F32"), "shape": .array([.integer(40), .integer(8)]),
        "data_offsets": .array([.integer(0), .integer(1280)]),
      ]),
      "other": .object([
        "dtype": .string("F32"), "shape": .array([.integer(75_000), .integer(10)]),
        "data_offsets": .array([.integer(1280), .integer(3_001_280)]),
      ]),
    ]).text()
    let length = UInt64(header.utf8.count)
    var state: UInt64 = 42
    let data = (0..<3_001_280).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + Array(header.utf8) + data
  }()
}

/// An empty store in a folder of its own, deleted with the last reference to it.
final class TemporaryStore: Sendable {
  let folder: URL
  /// How long the store wanted to wait, in order.
  let waits = Waits()

  init(in parent: URL = FileManager.default.temporaryDirectory) throws {
    folder = parent.appending(path: "needletail-hub-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var cache: URL { folder.appending(path: "hub") }
  var repository: URL { cache.appending(path: "models--tiny--model") }

  /// The store, asking `hub`, with a clock that only notes how long it should have waited.
  func store(_ hub: FakeHub? = nil, _ environment: [String: String] = [:]) -> ModelStore {
    var variables = [
      "HOME": folder.path, "HF_HUB_CACHE": cache.path, "HF_ENDPOINT": "http://127.0.0.1:9",
      // Where many tests share few processors, a reader may have to wait longer than a hub may be silent.
      "HF_HUB_DOWNLOAD_TIMEOUT": "600",
    ]
    if let hub { variables["HF_ENDPOINT"] = hub.hub.address }
    variables.merge(environment) { $1 }
    let waits = waits
    return ModelStore(
      environment: variables,
      backoff: Backoff {
        waits.append($0)
        try await Task.sleep(for: .milliseconds(1))
      })
  }

  /// The paths of all files below a folder of the store, sorted; symbolic links are files.
  func paths(_ folder: URL) -> [String] {
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    return all.filter { path in
      let type =
        try? FileManager.default.attributesOfItem(atPath: folder.path + "/" + path)[.type] as? FileAttributeType
      return type != .typeDirectory
    }.sorted()
  }

  func write(_ bytes: [UInt8], to path: String) throws {
    let file = cache.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }
}

/// Durations, noted from any thread.
final class Waits: Sendable {
  private let list = Mutex<[Duration]>([])
  var all: [Duration] { list.withLock { $0 } }
  func append(_ wait: Duration) { list.withLock { $0.append(wait) } }
}
