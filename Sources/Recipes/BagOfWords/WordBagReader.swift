import Glibc
import SeqaeModels
import SeqaeRetrieval

/// What turns texts into bags of the words that a model counts.
public struct WordBagReader: Sendable {
  /// What the encoder reads of each word.
  public enum Input: String, CaseIterable, Sendable {
    /// How often it occurs, n: what Hinton & Salakhutdinov 2006 read.
    case counts
    /// ln(1 + n).
    case log
    /// ln(1 + n) times the word's rarity over the texts learnt from, all scaled to the length of √V: of a long text and of a
    /// query the size is one.
    case tfidf
  }

  /// The words, and how many texts have them.
  public let vocabulary: TFIDF
  /// What the encoder reads of each.
  public let input: Input

  /// Creates a reader.
  public init(_ vocabulary: TFIDF, _ input: Input) {
    (self.vocabulary, self.input) = (vocabulary, input)
  }

  /// Returns the bag of a text; an empty one, if no word of it is counted.
  public func callAsFunction(_ text: [UInt8]) -> WordBag {
    let known = vocabulary.counts(of: text)
    let counts = known.map(\.count)
    var inputs = counts.map { Float(input == .counts ? Double($0) : log1p(Double($0))) }
    if input == .tfidf {
      for (index, word) in known.enumerated() {
        inputs[index] *= vocabulary.rarity[Int(word.place)]
      }
      let length = inputs.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let scale = Float(Double(vocabulary.vocabulary.count).squareRoot() / max(length, 1e-30))
      inputs = inputs.map { $0 * scale }
    }
    return WordBag(words: known.map(\.place), counts: counts, inputs: inputs)
  }
}
