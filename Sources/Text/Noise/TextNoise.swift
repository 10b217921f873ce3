import SeqaeRandom

/// Spoils a text before it is tokenized, as its writers do.
///
/// What comes back depends on the text and `random` only, so a caller who passes
/// `Random(seed: seed).child(epoch, example)` gets the same noise in whatever order examples are drawn.
public protocol TextNoise: Sendable {
  /// Returns `text` with noise.
  func corrupt(_ text: String, using random: Random) -> String
}
