import FoundationEssentials
enum HubModels { static func snapshot(_ name: String) throws(EmbeddingError) -> URL { throw EmbeddingError(.unreadable, name, "no") } }
