internal import NeedletailJSON
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A weight for each token, such as how rare it is: a text's vector says which tokens are in it, without a model
/// (Geng and others 2024, arXiv:2411.04403; SparseStaticEmbedding of sentence-transformers).
struct TokenWeights: Sendable {
  let weights: [Float]

  /// Reads a SparseStaticEmbedding module: the tensor `weight`, or a file of tokens with their weights that its
  /// `config.json` names.
  init(_ module: ModelFolder, tokenizer: Tokenizer, kernels: Kernels) throws {
    let config = try module.json("config.json")
    let file: String?
    do { file = config?.optional("path") == nil ? nil : try config?.string("path") } catch {
      throw EmbeddingError(.malformed, error, subject: module.file("config.json").path)
    }
    if let file {
      weights = try Self.read(file, module, tokenizer)
    } else {
      do {
        weights = try module.weights().floats("weight", shape: [nil], kernels: kernels).values
      } catch {
        throw EmbeddingError(error.code == .missing ? .unreadable : .malformed, error.subject, error.message)
      }
    }
    guard tokenizer.vocabularySize <= weights.count else {
      throw EmbeddingError(
        .malformed, module.url.path,
        "there are \(weights.count) weights for \(tokenizer.vocabularySize) tokens")
    }
    if let token = weights.firstIndex(where: { !$0.isFinite }) {
      throw EmbeddingError(.malformed, module.url.path, "the weight of token \(token) is not a number")
    }
  }

  private static func read(_ file: String, _ module: ModelFolder, _ tokenizer: Tokenizer) throws -> [Float] {
    let place = try module.module(file)
    guard !file.isEmpty, let json = try module.json(file) else {
      throw EmbeddingError(.unreadable, place.url.path, "config.json names this file, which is not there")
    }
    var weights = [Float](repeating: 0, count: tokenizer.vocabularySize)
    do {
      for (key, value) in try json.expect(.object, "the weights").members {
        let token = String(decoding: key, as: UTF8.self)
        guard let weight = value.double else {
          throw value.error(.wrongType, "the weight of \"\(token)\" should be a number")
        }
        guard let id = tokenizer.id(forToken: token) else {
          throw value.error(.outOfRange, "the token \"\(token)\" is not in the vocabulary")
        }
        weights[Int(id)] = Float(weight)
      }
    } catch { throw EmbeddingError(.malformed, error, subject: place.url.path) }
    return weights
  }

  /// The weights of one text's tokens, each once.
  func vector(_ ids: ArraySlice<Int32>) throws(EmbeddingError) -> SparseVector {
    var vector = SparseVector()
    for id in Set(ids).sorted() {
      guard weights.indices.contains(Int(id)) else {
        throw EmbeddingError(.request, "token id \(id)", "has no weight: there are \(weights.count)")
      }
      vector.append(Int(id), weights[Int(id)])
    }
    return vector
  }
}
