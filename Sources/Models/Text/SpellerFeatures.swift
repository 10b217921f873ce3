import Glibc
import SeqaeText

/// What speaks for and against the candidates of one place.
package struct SpellerPlace: Sendable {
  /// The characters, the likeliest by their neighbours first; at most K.
  package let symbols: [UInt16]
  /// Of each of K candidates F figures; 0 where there are fewer.
  package let features: [Float]  // [K · F]
}

/// Turns a place of a text into the figures that a speller weighs.
///
/// With o the character that stands there, c a candidate and w a window of two to four characters around the place:
/// log n(w with c) − log n(w with o) and log n(w with o) in clean text; both logarithms in what was meant in the
/// pairs, for windows of two and three; how often o's neighbours stood beside it in what was written and not in what
/// was meant; log p(o | c), which a noisy channel would use (Kernighan, Church & Gale 1990, *A Spelling Correction
/// Program Based on a Noisy Channel Model*, §2); and what o and c have in common.
///
/// Where the counts hold the very sentence that is learnt from, it is taken out of them: else the right candidate
/// would always have been seen.
package struct SpellerFeatures: Sendable {
  /// F, the figures of a candidate.
  package static let count = 37

  // Added to counts before their logarithm; our own.
  private static let little: Float = 0.2
  private static let windows = [
    2..<4, 3..<5, 1..<4, 2..<5, 3..<6, 0..<4, 1..<5, 2..<6, 3..<7,
  ]
  private static let place = 3  // in a window of seven

  private let knowledge: SpellerKnowledge
  private let limit: Int

  /// Creates features of at most `limit` candidates a place, out of what was counted.
  package init(_ knowledge: SpellerKnowledge, limit: Int) {
    (self.knowledge, self.limit) = (knowledge, limit)
  }

  /// Returns the candidates of a place and their figures.
  ///
  /// - Parameters:
  ///   - context: the characters from three before it to three after it.
  ///   - truth: what was meant there, if the text is one of those that were counted; nil else.
  /// - Returns: at most `limit` candidates.
  package func callAsFunction(
    _ context: UnsafeBufferPointer<UInt16>, truth: UInt16?
  ) -> SpellerPlace {
    let original = context[Self.place]
    let chosen = likeliest(context, original, truth)
    var features = [Float](repeating: 0, count: limit * Self.count)
    let own = windowsOfOriginal(context, original, truth)
    let originalCount = log(count(NGram(original)), 5)
    let mostSeen = chosen.map(\.seen).max() ?? 0
    for (row, choice) in chosen.enumerated() {
      var index = row * Self.count
      func put(_ value: Float) {
        features[index] = value
        index += 1
      }
      let symbol = choice.candidate.symbol
      put(log(choice.candidate.count, 5) - originalCount)
      for (number, window) in Self.windows.enumerated() {
        let seen = count(NGram(context, window, with: symbol, at: Self.place))
        put(log(seen) - own.corpus[number])
        put(own.corpus[number])
      }
      for (number, window) in Self.windows.prefix(5).enumerated() {
        var seen = knowledge.meant.count(NGram(context, window, with: symbol, at: Self.place))
        if truth == symbol { seen = max(0, seen - 1) }
        put(log(seen))
        put(own.meant[number])
      }
      put(own.strange[0])
      put(own.strange[1])
      put(choice.channel)
      put(choice.mistakes > 0 ? 1 : 0)
      put(log(mostSeen, 1))
      let likeness = choice.candidate.likeness
      put(likeness.contains(.sameSound) ? 1 : 0)
      put(likeness.contains(.nearSound) ? 1 : 0)
      put(likeness.contains(.shape) ? 1 : 0)
    }
    return SpellerPlace(symbols: chosen.map(\.candidate.symbol), features: features)
  }

  private func count(_ gram: NGram) -> Float { knowledge.corpus.count(gram) }

  private func log(_ count: Float, _ added: Float = little) -> Float { logf(count + added) }

  /// What depends on the place and not on the candidate.
  private struct Own {
    var corpus: [Float] = []
    var meant: [Float] = []
    var strange: [Float] = []
  }

  private func windowsOfOriginal(
    _ context: UnsafeBufferPointer<UInt16>, _ original: UInt16, _ truth: UInt16?
  ) -> Own {
    func gram(_ window: Range<Int>) -> NGram {
      NGram(context, window, with: original, at: Self.place)
    }
    let right: Float = truth == original ? 1 : 0
    var own = Own()
    own.corpus = Self.windows.map { log(count(gram($0))) }
    own.meant = Self.windows.prefix(5).map {
      log(max(0, knowledge.meant.count(gram($0)) - right))
    }
    own.strange = Self.windows.prefix(2).map { window in
      let written = knowledge.written.count(gram(window)) - (truth == nil ? 0 : 1)
      return log(max(0, written - (knowledge.meant.count(gram(window)) - right)))
    }
    return own
  }

  /// A candidate, and what its own counts say without the sentence that is learnt from.
  private struct Choice {
    let candidate: SpellerKnowledge.Candidate
    let mistakes: Float
    let seen: Float
    let channel: Float
    let score: Float
  }

  // So often each candidate is thought to have been written as any other, and so often to have been meant.
  private static let unseenMistakes: Float = 0.015
  private static let unseenMeant: Float = 20

  /// The candidates that neighbours and channel make the likeliest.
  private func likeliest(
    _ context: UnsafeBufferPointer<UInt16>, _ original: UInt16, _ truth: UInt16?
  ) -> [Choice] {
    var choices: [Choice] = []
    for candidate in knowledge.candidates(for: original) {
      let own: Float = truth == candidate.symbol ? 1 : 0
      let mistakes = max(0, candidate.mistakes - own)
      let seen = max(0, candidate.seen - own)
      let channel = logf((mistakes + Self.unseenMistakes) / (seen + Self.unseenMeant))
      let left = count(NGram(context, 2..<4, with: candidate.symbol, at: Self.place))
      let right = count(NGram(context, 3..<5, with: candidate.symbol, at: Self.place))
      let score =
        log(left, 0.3) + log(right, 0.3) - log(candidate.count, 5) + channel
      choices.append(
        Choice(
          candidate: candidate, mistakes: mistakes, seen: seen, channel: channel, score: score))
    }
    choices.sort {
      ($1.score, $0.candidate.symbol) < ($0.score, $1.candidate.symbol)
    }
    return Array(choices.prefix(limit))
  }
}
