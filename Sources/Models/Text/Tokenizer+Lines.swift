import SeqaeTensors
import SeqaeText

extension Tokenizer {
  /// Returns the tokens of many texts, encoded on the pool's threads.
  ///
  /// - Parameters:
  ///   - lines: the texts.
  ///   - addSpecialTokens: whether to put the template's tokens around each.
  /// - Returns: their encodings, in order, whatever the number of threads.
  public func encode(lines: [[UInt8]], addSpecialTokens: Bool = false) -> [Encoding] {
    Threads.map(lines.count) { encode(lines[$0], addSpecialTokens: addSpecialTokens) }
  }
}
