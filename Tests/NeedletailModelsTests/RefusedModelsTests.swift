import NeedletailJSON
import NeedletailModels
import NeedletailTensor
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Folders and inputs that must be refused: an error that names the file and the key, never a wrong value.
@Suite("Refused models")
struct RefusedModelsTests {
  /// What the error of each `refused-*` folder has to say.
  private static let keys = [
    "refused-activation": ["hidden_act", "snake"], "refused-decoder": ["is_decoder"],
    "refused-layers-per-group": ["inner_group_num", "2"], "refused-layer-type": ["layer_types", "chunked_attention"],
    "refused-rope-scaling": ["rope_scaling"], "refused-rope-type": ["rope_type", "proportional", "yarn"],
    "refused-uneven-groups": ["4 layers in 3 groups"],
    "refused-model-type": ["model_type", "nezha", "bert, roberta"],
    "refused-position-attention": ["pos_att_type", "p2p"], "refused-convolution-groups": ["conv_groups", "2"],
    "refused-even-convolution": ["conv_kernel_size", "4"], "refused-talking-head": ["talking_head"],
    "refused-quantization-gptq": ["quantization_config", "gptq", "bitsandbytes", "save it"],
    "refused-quantization-awq": ["quantization_config", "awq"],
    "refused-quantization-4-bits": ["quantization_config", "load_in_8bit"],
    "refused-quantization-format": ["quantization_config", "nvfp4-pack-quantized"],
    "refused-quantization-status": ["quantization_config", "frozen"],
    "refused-quantization-num-bits": ["quantization_config", "num_bits 4"],
    "refused-quantization-blocks": ["quantization_config", "block"],
    "refused-quantization-order": ["quantization_config", "actorder"],
    "refused-quantization-sparsity": ["quantization_config", "sparsity_config"],
    "refused-quantization-transform": ["quantization_config", "transform_config"],
    "refused-quantization-turned": ["quantization_config", "bitsandbytes", "this family"],
    "refused-many-latents": ["num_latents_value", "65536 latents"],
    "refused-latents": ["latent_dim", "35", "36"], "refused-mask-type": ["mask_type", "\"c\""],
    "refused-latent-text": ["model_type", "llama", "bidir_mistral"],
    "refused-feed-forward": ["feed_forward_type", "original"],
    "refused-relative-key": ["position_embedding_type", "relative_key"],
    "refused-relative-key-query": ["position_embedding_type", "relative_key_query"],
  ]

  @Test("an option that is not built is named with its file", arguments: ModelFixture.refused)
  func options(_ name: String) throws {
    let fixture = ModelFixture(name)
    let error = #expect(throws: ModelError.self) { try fixture.configuration() }
    #expect(error?.code == .unsupported)
    let words = try #require(Self.keys[name], "a new folder needs its words here")
    for word in [fixture.folder.appending(path: "config.json").path] + words {
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "") lacks \(word)")
    }
  }

  @Test("a kind of layer that is no text is named and never guessed", arguments: ["5", "null", "[]", "{}"])
  func layerTypes(_ value: String) throws {
    let file = ModelFixture("modernbert").folder.appending(path: "config.json")
    var text = try String(contentsOf: file, encoding: .utf8)
    let first = try #require(text.firstRange(of: "\"sliding_attention\","))
    text.replaceSubrange(first, with: value + ",")
    let error = #expect(throws: ModelError.self) {
      try TransformerConfiguration(JSONDocument(parsing: text, subject: file.path).root, subject: file.path)
    }
    #expect(error?.code == .configuration && error?.message.contains("layer_types") == true)
  }

  @Test(
    "a value out of range is named with its file",
    arguments: [
      ("hidden_size", "0"), ("hidden_size", "-8"), ("hidden_size", "1e3"), ("hidden_size", "\"24\""),
      ("hidden_size", "99999999999"), ("num_attention_heads", "7"), ("num_attention_heads", "0"),
      ("num_hidden_layers", "100000"), ("vocab_size", "9223372036854775807"), ("vocab_size", "null"),
      ("max_position_embeddings", "-1"), ("intermediate_size", "true"), ("type_vocab_size", "0"),
      ("layer_norm_eps", "-1"), ("layer_norm_eps", "\"small\""), ("model_type", "3"), ("pad_token_id", "-1"),
    ])
  func ranges(_ key: String, _ value: String) throws { try refuses("bert", key, value) }

  @Test(
    "a scaling of positions that lacks a number is named with its file",
    arguments: [
      ("\"dynamic\"", "factor"), ("\"dynamic\", \"factor\": -2", "factor"),
      ("\"dynamic\", \"factor\": 2, \"partial_rotary_factor\": 0.2", "two pairs"),
      ("\"longrope\"", "short_factor"), ("\"su\", \"short_factor\": [1, 1, 1, 1, 1, 1]", "long_factor"),
      ("\"longrope\", \"short_factor\": [1, 1, 1, 1, 1]", "short_factor"),
      ("\"longrope\", \"short_factor\": [1, 1, 1, 1, 1, 0]", "short_factor"),
      ("\"longrope\", \"short_factor\": 1", "short_factor"),
      ("\"longrope\", \"factor\": 2, \"original_max_position_embeddings\": 1", "attention_factor"),
      ("\"longrope\", \"original_max_position_embeddings\": 0", "original_max_position_embeddings"),
    ])
  func scalings(_ parameters: String, _ named: String) throws {
    let file = ModelFixture("llama").folder.appending(path: "config.json")
    var text = try String(contentsOf: file, encoding: .utf8)
    let place = try #require(text.firstRange(of: "\"rope_type\": \"default\""))
    text.replaceSubrange(place, with: "\"rope_type\": \(parameters)")
    let error = #expect(throws: ModelError.self) {
      try TransformerConfiguration(JSONDocument(parsing: text, subject: file.path).root, subject: file.path)
    }
    #expect(error?.code == .configuration && error?.subject.hasPrefix(file.path) == true)
    #expect(error?.message.contains(named) == true, "\(error?.description ?? "")")
  }

  @Test(
    "positions that DeBERTa cannot have are named with their file",
    arguments: [
      ("position_buckets", "1"), ("position_buckets", "178"), ("position_buckets", "\"16\""),
      ("position_buckets", "-2"), ("max_relative_positions", "9"), ("max_relative_positions", "10000000"),
      ("pos_att_type", "3"), ("pos_att_type", "[3]"), ("share_att_key", "1"), ("norm_rel_ebd", "true"),
      ("relative_attention", "\"yes\""), ("position_biased_input", "0"), ("conv_kernel_size", "-1"),
      ("embedding_size", "0"), ("attention_head_size", "0"),
    ])
  func distances(_ key: String, _ value: String) throws { try refuses("deberta-v2", key, value) }

  @Test(
    "positions that LTG-BERT cannot have are named with their file",
    arguments: [("position_bucket_size", "1"), ("position_bucket_size", "118"), ("position_bucket_size", "\"16\"")])
  func buckets(_ key: String, _ value: String) throws { try refuses("norbert3", key, value) }

  private func refuses(_ name: String, _ key: String, _ value: String) throws {
    let file = ModelFixture(name).folder.appending(path: "config.json")
    let json = try ModelFixture.json(file)
    var members = json.members.map { "\"\(String(decoding: $0.key, as: UTF8.self))\": \(Self.text($0.value))" }
    members.removeAll { $0.hasPrefix("\"\(key)\":") }
    members.append("\"\(key)\": \(value)")
    let text = "{" + members.joined(separator: ",\n") + "}"
    let error = #expect(throws: ModelError.self) {
      try TransformerConfiguration(JSONDocument(parsing: text, subject: file.path).root, subject: file.path)
    }
    #expect(error?.code == .configuration)
    #expect(error?.subject.hasPrefix(file.path) == true)
    let named = ["layer_norm_eps": "normalisation ε", "max_relative_positions": "distances up to 9"][key] ?? key
    #expect(
      error?.message.contains(named) == true || error?.message.contains(key) == true, "\(error?.description ?? "")")
  }

  @Test(
    "as many buckets of distances as can be told apart are taken, more are refused", arguments: [4, 32, 511, 512, 3])
  func buckets(_ count: Int) async throws {
    let bias = try? TransformerConfiguration(
      JSONDocument(parsing: mpnet(buckets: count)).root, subject: "config.json"
    ).relativeBuckets
    #expect(bias == ((4...511).contains(count) ? count : nil))
    guard let bias else { return }
    let values = RelativePositionBias(
      table: FloatTensor((0..<bias).map(Float.init), shape: [bias, 1]), maximumDistance: 128
    ).forward(head: 0, length: 2000)
    #expect(values.count == 3999 && values.allSatisfy { $0 >= 0 && $0 < Float(bias) })
  }

  private func mpnet(buckets: Int) throws -> String {
    let file = ModelFixture("mpnet").folder.appending(path: "config.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let key = "\"relative_attention_num_buckets\": "
    let old = try #require(text.firstRange(of: key))
    let end = try #require(text[old.upperBound...].firstIndex { !$0.isNumber })
    return text[..<old.upperBound] + "\(buckets)" + text[end...]
  }

  private static func text(_ value: JSON) -> String {
    switch value.kind {
    case .string: "\"\(value.string ?? "")\""
    case .boolean: "\(value.boolean ?? false)"
    case .array: "[\(value.elements.map(text).joined(separator: ", "))]"
    case .number: value.integer.map { "\($0)" } ?? "\(value.double ?? 0)"
    default: "null"
    }
  }

  @Test("weights of another size name tensor, shape and file")
  func shapes() async throws {
    let three = ModelFixture("bert-three-types")
    let error = await #expect(throws: ModelError.self) {
      try await Transformer(
        configuration: three.configuration(), store: TensorStore(folder: ModelFixture("bert").folder),
        kernels: try #require(Kernels.available.first), team: ComputeTeam(threads: 1))
    }
    #expect(error?.code == .weights)
    #expect(error?.subject.contains("bert/model.safetensors: tensor") == true)
    #expect(error?.message.contains("expected [") == true)
  }

  @Test("weights of another family name the tensor that is missing")
  func family() async throws {
    let error = await #expect(throws: ModelError.self) {
      try await Transformer(
        configuration: ModelFixture("distilbert").configuration(),
        store: TensorStore(folder: ModelFixture("mpnet").folder), kernels: try #require(Kernels.available.first),
        team: ComputeTeam(threads: 1))
    }
    #expect(error?.code == .weights)
    #expect(error?.subject.contains("mpnet/model.safetensors") == true)
  }

  @Test("quantised weights are not stored with an adapter's changes")
  func merged() throws {
    let fixture = ModelFixture("quantized-channel")
    let error = #expect(throws: ModelError.self) {
      try AdaptedWeights(
        configuration: fixture.configuration(), store: TensorStore(folder: fixture.folder), adapters: [],
        kernels: #require(Kernels.available.first))
    }
    #expect(error?.code == .unsupported && error?.message.contains("quantised") == true)
  }

  @Test("ids, segments and lengths outside the model's tables are refused, the last inside taken")
  func inputs() async throws {
    let encoder = try await ModelFixture("bert").encoder(try #require(Kernels.available.first))
    func tokens(_ ids: [Int32], _ types: [Int32]? = nil) -> PackedTokens {
      var tokens = PackedTokens()
      tokens.append(ids: ids, typeIDs: types)
      return tokens
    }
    let vocabulary = Int32(encoder.configuration.vocabularySize)
    let segments = Int32(encoder.configuration.segments)
    let limit = encoder.configuration.maximumLength
    try encoder.check(tokens([0, vocabulary - 1], [0, segments - 1]))
    try encoder.check(tokens([Int32](repeating: 1, count: limit)))
    try encoder.check(tokens([]))
    for bad in [
      tokens([vocabulary]), tokens([-1]), tokens([.max]), tokens([0], [segments]), tokens([0], [-1]),
      tokens([Int32](repeating: 1, count: limit + 1)),
    ] {
      let error = #expect(throws: ModelError.self) { try encoder.check(bad) }
      #expect(error?.code == .input)
    }
  }
}
