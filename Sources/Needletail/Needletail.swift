// What `import Needletail` gives: every room that a program may need, and no code of its own.
@_exported public import NeedletailAnalysis
@_exported public import NeedletailEmbedding
@_exported public import NeedletailEvaluation
@_exported public import NeedletailFileSearch
@_exported public import NeedletailHub
@_exported public import NeedletailIndex
@_exported public import NeedletailJSON
@_exported public import NeedletailModels
@_exported public import NeedletailRetrieval
@_exported public import NeedletailTemplates
@_exported public import NeedletailTensor
@_exported public import NeedletailTokenizerTraining
@_exported public import NeedletailTokenizers
@_exported public import NeedletailTraining
