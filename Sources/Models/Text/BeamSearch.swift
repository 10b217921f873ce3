// Beam search: the best of the texts that begin with the best beginnings.
//
// Graves 2012, *Sequence Transduction with Recurrent Neural Networks*, §2.5; Wu et al. 2016, *Google's Neural Machine
// Translation System*, §7, for the length in the score. Of hypotheses Y of different lengths the score is
//
//     s(Y) = log p(Y | X) / |Y|^α
//
// |Y| counting `</s>`: α = 0 prefers short ones, α = 1 takes the mean of a token's log p. (Wu et al. have
// ((5 + |Y|) / 6)^α in the denominator, a shift that transformers, Marian and others leave out.)
//
// X: a source; K: the width; R: the open hypotheses of all sources; V: vocabulary.

import Glibc
import SeqaeTensors

/// Finds probable texts by going on with the K best beginnings of each source side by side.
///
/// ```swift
/// let search = BeamSearch(width: 4, count: 2)
/// let found = search(decoder, sources, start: 2, end: 2, limits: [40, 40])
/// found[0][0].tokens  // the best text of the first source
/// ```
///
/// A step costs one of the decoder for K rows of each source, and no more once a source is done: when none of its open
/// hypotheses, whatever follows, can score higher than the K that have ended.
public struct BeamSearch: Sendable, Equatable {
  /// K, how many hypotheses of a source are open side by side. One alone is greedy search: what ends first is the result.
  public var width: Int
  /// α, how far the score is one of the mean token; at least 0.
  public var lengthPenalty: Double
  /// How many hypotheses of each source are returned, at most K.
  public var count: Int

  /// Creates a search.
  public init(width: Int = 4, lengthPenalty: Double = 1, count: Int = 1) {
    precondition(
      width > 0 && (1...width).contains(count) && lengthPenalty >= 0,
      "BeamSearch: \(count) of \(width) hypotheses, length penalty \(lengthPenalty)")
    self.width = width
    self.lengthPenalty = lengthPenalty
    self.count = count
  }

  /// A text that was found.
  public struct Hypothesis: Sendable, Equatable {
    /// Its tokens, without the one that ends it.
    public let tokens: [Int32]
    /// log p(Y | X) in nats, with that token.
    public let logProbability: Double
    /// s(Y).
    public let score: Double
    /// Whether it ended by itself, and not at its limit.
    public let isComplete: Bool
  }

  /// Returns the best hypotheses of each source, the best one first.
  ///
  /// - Parameters:
  ///   - decoder: the model.
  ///   - sources: what it reads.
  ///   - start: the token before the first.
  ///   - end: the token that ends a text.
  ///   - limits: the most tokens of each source's text, `end` counted.
  ///   - decided: told after a step, by a source's number, the tokens with which its best text begins, whatever follows.
  /// - Returns: at most `count` for each source; one without tokens where its limit is 0.
  public func callAsFunction<Decoder: StepDecoder>(
    _ decoder: Decoder, _ sources: [Decoder.Source], start: Int32, end: Int32, limits: [Int],
    decided: (Int, [Int32]) -> Void = { _, _ in }
  ) -> [[Hypothesis]] {
    precondition(
      limits.count == sources.count,
      "BeamSearch: \(limits.count) limits for \(sources.count) sources")
    var beams = limits.map { Beam(self, limit: $0) }
    var active = beams.indices.filter { limits[$0] > 0 }
    if !active.isEmpty {
      var state = decoder.start(active.map { sources[$0] })
      var last = [Int32](repeating: start, count: active.count)
      while !active.isEmpty {
        let logits = decoder.step(last, &state)  // [R, V]
        // Of one row no more can be taken than ends and goes on.
        let (values, ids) = logits.logSoftmax().topK(min(2 * width, logits.shape[1]))
        let best = Continuations(values.doubles(), ids.integers(), perRow: values.shape[1])
        var rows: [Int] = []  // of the state, that the open hypotheses go on from
        var row = 0
        for number in active {
          let count = beams[number].open.count
          rows += beams[number].advance(best, from: row, end: end).map { row + $0 }
          row += count
          decided(number, beams[number].decided)
        }
        active.removeAll { beams[$0].open.isEmpty }
        if active.isEmpty { break }
        decoder.reorder(&state, rows)
        last = active.flatMap { beams[$0].open.map(\.last) }
      }
    }
    return beams.map { Array($0.ended.prefix(count)) }
  }

  /// s(Y) of a text of so many tokens.
  func score(_ logProbability: Double, _ length: Int) -> Double {
    logProbability / pow(Double(max(1, length)), lengthPenalty)
  }
}

/// The most probable tokens after each row, and log p of them.
private struct Continuations {
  private let values: [Double]
  private let ids: [Int32]
  private let perRow: Int

  init(_ values: [Double], _ ids: [Int32], perRow: Int) {
    (self.values, self.ids, self.perRow) = (values, ids, perRow)
  }

  subscript(row: Int) -> Zip2Sequence<ArraySlice<Int32>, ArraySlice<Double>> {
    let range = row * perRow..<(row + 1) * perRow
    return zip(ids[range], values[range])
  }
}

/// The hypotheses of one source.
private struct Beam {
  /// A beginning.
  struct Open {
    var tokens: [Int32] = []
    var logProbability = 0.0
    var last: Int32 { tokens[tokens.count - 1] }
  }

  private let search: BeamSearch
  private let limit: Int
  private(set) var open = [Open()]
  private(set) var ended: [BeamSearch.Hypothesis] = []  // the best first, at most K

  init(_ search: BeamSearch, limit: Int) {
    (self.search, self.limit) = (search, limit)
    if limit <= 0 {
      end(Open(), 0, [], isComplete: false)
      open = []
    }
  }

  /// Takes a step.
  ///
  /// - Parameters:
  ///   - best: the most probable tokens after all rows.
  ///   - first: the row of the first open hypothesis.
  ///   - endToken: ends a text.
  /// - Returns: of each hypothesis that is open now, which one it goes on from.
  mutating func advance(_ best: Continuations, from first: Int, end endToken: Int32) -> [Int] {
    var candidates: [(parent: Int, token: Int32, logProbability: Double)] = []
    for (parent, beginning) in open.enumerated() {
      for (token, value) in best[first + parent] {
        candidates.append((parent, token, beginning.logProbability + value))
      }
    }
    // Of equal ones the first comes first, so that a result depends on the numbers only.
    let order = candidates.indices.sorted {
      (candidates[$1].logProbability, $0) < (candidates[$0].logProbability, $1)
    }
    var next: [Open] = []
    var parents: [Int] = []
    // As many as could all end, and as many as go on (Wu et al. 2016 leave this open; it is transformers' way).
    for (rank, place) in order.prefix(2 * search.width).enumerated() {
      let (parent, token, logProbability) = candidates[place]
      if token == endToken {
        // An end that is not among the K best is none of the beam's.
        if rank < search.width { end(open[parent], logProbability, [token], isComplete: true) }
      } else if next.count < search.width {
        next.append(Open(tokens: open[parent].tokens + [token], logProbability: logProbability))
        parents.append(parent)
      }
    }
    open = next
    if isDone { (open, parents) = ([], []) }
    if let length = open.first?.tokens.count, length >= limit {
      for beginning in open { end(beginning, beginning.logProbability, [], isComplete: false) }
      (open, parents) = ([], [])
    }
    return parents
  }

  /// Whether no open hypothesis can become one of those that are kept: log p only falls, and at best falls no more up to
  /// the limit, where the length makes most of it.
  private var isDone: Bool {
    if search.width == 1, !ended.isEmpty { return true }
    guard let highest = open.first?.logProbability, let worst = ended.last,
      ended.count == search.width
    else { return false }
    return search.score(highest, limit) <= worst.score
  }

  /// The tokens with which all open hypotheses begin, and the best that has ended: with which the best of all will.
  var decided: [Int32] {
    guard var shared = ended.first?.tokens ?? open.first?.tokens else { return [] }
    for beginning in open {
      let count = zip(shared, beginning.tokens).prefix { $0 == $1 }.count
      shared.removeLast(shared.count - count)
    }
    return shared
  }

  private mutating func end(
    _ beginning: Open, _ logProbability: Double, _ more: [Int32], isComplete: Bool
  ) {
    let length = beginning.tokens.count + more.count
    let hypothesis = BeamSearch.Hypothesis(
      tokens: beginning.tokens, logProbability: logProbability,
      score: search.score(logProbability, length), isComplete: isComplete)
    let place = ended.firstIndex { $0.score < hypothesis.score } ?? ended.count
    ended.insert(hypothesis, at: place)
    if ended.count > search.width { ended.removeLast() }
  }
}
