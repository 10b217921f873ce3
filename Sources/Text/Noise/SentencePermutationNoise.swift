import SeqaeRandom

/// Puts the sentences of a text in a random order (Lewis et al. 2020, *BART*, §2.2).
///
/// Where sentences end is found in the text that the tokens stand for (UAX #29); every order is drawn equally
/// often.
public struct SentencePermutationNoise: SequenceNoise {
  private let tokenizer: Tokenizer

  /// Creates the noise for the tokens of `tokenizer`.
  public init(tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// Returns `ids` with sentences in another order; special tokens stay where they are.
  public func spoil(_ ids: [TokenID], using random: Random) -> [TokenID] {
    tokenizer.replacingRuns(of: ids) { run in
      var sentences = sentences(of: run)
      random.shuffle(&sentences)
      return sentences.flatMap { run[$0] }
    }
  }

  /// The tokens of each sentence; a token across an end belongs to the sentence before.
  private func sentences(of run: [TokenID]) -> [Range<Int>] {
    var text: [UInt8] = []
    let ends = run.map { id in
      text += tokenizer.decode([id])
      return text.count
    }
    var sentences: [Range<Int>] = []
    var start = 0
    var token = 0
    for end in Boundaries.offsets(of: .sentence, in: text).dropFirst() {
      while token < run.count, ends[token] < end { token += 1 }
      guard token < run.count, token + 1 > start else { continue }
      sentences.append(start..<token + 1)
      start = token + 1
    }
    if start < run.count { sentences.append(start..<run.count) }
    return sentences
  }
}
