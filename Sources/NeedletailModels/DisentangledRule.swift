internal import NeedletailJSON

/// What disentangled attention looks at besides content, as `config.json` says it.
struct DisentangledRule: Sendable, Equatable {
  /// The release that keys and weights are of.
  enum Release: Sendable {
    case first
    /// Where distances may share buckets, and positions the projections of content.
    case second
    /// LTG-BERT's: one table for all layers, whose rows go through each layer's product of query and key.
    case shared
  }

  /// How many parts of scores their scale counts, also where there are no positions.
  let parts: Int
  /// Whether content looks at positions.
  let contentToPosition: Bool
  /// Whether positions look at content.
  let positionToContent: Bool
  /// Buckets of distances in each direction; 0 where every distance has its own row.
  let buckets: Int
  /// Distances from here on share a row.
  let maximumDistance: Int
  /// Whether positions go through the projections of content.
  let sharesProjections: Bool
  /// Whether the table of positions is normalised.
  let normalizesTable: Bool

  /// Rows of the table on each side of distance 0.
  var span: Int { buckets > 0 ? buckets : maximumDistance }

  /// Numbers that all layers may hold of positions, 4 GB.
  private static let mostNumbers = 1 << 30

  /// - Parameters:
  ///   - maximumPositions: The farthest distance where the configuration names none.
  ///   - numbersEach: What all layers together hold of one row of the table.
  init(_ json: JSON, release: Release, maximumPositions: Int, numbersEach: Int, subject: String) throws {
    let isShared = release == .shared
    let types = isShared ? ["c2p", "p2c"] : try Self.types(json, subject: subject)
    parts = 1 + types.count
    let isRelative = try isShared || json.boolean("relative_attention", default: false)
    contentToPosition = isRelative && types.contains("c2p")
    positionToContent = isRelative && types.contains("p2c")
    let distance = isShared ? -1 : try json.integer("max_relative_positions", in: -1...1_048_576, default: -1)
    maximumDistance = distance < 1 ? maximumPositions : distance
    let bucketsKey = isShared ? "position_bucket_size" : "position_buckets"
    switch release {
    case .second:
      buckets = max(0, try json.integer(bucketsKey, in: -1...1_048_576, default: -1))
      sharesProjections = try json.boolean("share_att_key", default: false)
      let norms = try json.string("norm_rel_ebd", default: "none").lowercased().split(separator: "|")
      normalizesTable = norms.contains { $0.filter { !$0.isWhitespace } == "layer_norm" }
    case .shared:
      buckets = try json.integer(bucketsKey, in: 2...1_048_576, default: 32)
      (sharesProjections, normalizesTable) = (true, true)
    case .first: (buckets, sharesProjections, normalizesTable) = (0, false, false)
    }
    guard buckets == 0 || buckets > 1 && maximumDistance - 1 > buckets / 2 else {
      throw ModelError(
        .configuration, subject,
        "\(bucketsKey) \(buckets) with distances up to \(maximumDistance) leaves far distances nothing to share")
    }
    guard !isRelative || numbersEach <= Self.mostNumbers / (4 * span) else {
      throw ModelError(.unsupported, subject, "tables of positions with \(2 * span) rows need more than 4 GB")
    }
  }

  /// `pos_att_type`: a list, or one string with bars between its entries.
  private static func types(_ json: JSON, subject: String) throws -> [String] {
    guard let value = json.optional("pos_att_type") else { return [] }
    let types: [String]
    if let joined = value.string {
      types = joined.lowercased().split(separator: "|").map { $0.filter { !$0.isWhitespace } }
    } else {
      types = try value.expect(.array, "\"pos_att_type\"").elements.map { type in
        try type.expect(.string, "an entry of \"pos_att_type\"").string ?? ""
      }
    }
    if let type = types.first(where: { $0 != "c2p" && $0 != "p2c" }) {
      throw ModelError(
        .unsupported, subject, "pos_att_type has \"\(type)\", which is not supported; supported are c2p and p2c")
    }
    guard Set(types).count == types.count else {
      throw ModelError(.unsupported, subject, "pos_att_type names an entry twice")
    }
    return types
  }
}
