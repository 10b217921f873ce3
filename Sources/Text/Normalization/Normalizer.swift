/// Rewrites a text before it is split into tokens, keeping the alignment with the original.
///
/// Bytes that are not UTF-8 pass through unchanged.
public protocol Normalizer: Sendable {
  /// Returns the normalised text, aligned with the original that `text` is aligned with.
  func normalize(_ text: consuming AlignedText) -> AlignedText
}
