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

extension Encoding {
  /// Returns for each token of `range` whether it is a further byte of the character before it: all bytes of a
  /// character share one fate.
  ///
  /// - Parameters:
  ///   - range: some of the tokens, which begin with a character.
  ///   - text: what was encoded, UTF-8.
  /// - Returns: one answer a token.
  func continuations(_ range: Range<Int>, of text: [UInt8]) -> [Bool] {
    range.map { $0 > range.lowerBound && !text[ranges[$0].lowerBound].beginsCodePoint }
  }
}
