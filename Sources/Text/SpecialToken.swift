/// A token that stands for no text, by the spelling under which a tokenizer's file lists it.
public enum SpecialToken: String, CaseIterable, Sendable {
  /// Begins a sequence.
  case bos = "<s>"
  /// Fills the rows of a batch.
  case pad = "<pad>"
  /// Ends a sequence.
  case eos = "</s>"
  /// Stands for what has no token; with byte fallback, nothing.
  case unknown = "<unk>"
  /// Hides a token from the model.
  case mask = "<mask>"
  /// The label of a source token that stays.
  case keep = "<keep>"
  /// The label of a source token that goes.
  case delete = "<delete>"
}
