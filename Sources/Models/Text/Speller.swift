// A speller: finds wrong Chinese characters and says which were meant.
//
// For each character o of a text and each candidate c that may have been meant, figures x(c) are counted
// (`SpellerFeatures`) and weighed by a small network, s(c) = u · tanh(W x(c) + a) + b. The character stays with the
// score 0:
//
//   p(c) = exp s(c) / (1 + Σ exp s(c′))       p(o stays) = 1 / (1 + Σ exp s(c′))
//
// It is trained on pairs of what was written and what was meant. A discriminative noisy channel: Kernighan, Church &
// Gale 1990 weigh p(c) p(o | c) with one language model; here how much each count says is learnt.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// Finds wrong Chinese characters by counts and says which were meant.
public struct Speller: Model {
  /// Places with their candidates, and which of them was meant.
  public struct Batch: Sendable {
    let features: Tensor  // [N · K, F]
    let absent: Tensor  // [N, K], a large negative number where there is no candidate
    let targets: Tensor  // [N]: 0 where the character stays, else the candidate's number from 1
  }

  /// Every parameter that training moves.
  public let parameters: [Parameter]
  /// Those and what figures are standardised by.
  public let state: [Parameter]
  /// What was counted.
  package let knowledge: SpellerKnowledge
  /// K, how many candidates of a place are weighed.
  package let candidates: Int

  private let hidden: Linear
  private let output: Linear
  private let mean: Parameter  // [F]
  private let scale: Parameter  // [F]
  private let features: SpellerFeatures

  // A character is right until the counts say otherwise.
  private static let doubt: Float = -4
  private static let absence: Float = -30

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - knowledge: what was counted.
  ///   - candidates: how many candidates of a place are weighed.
  ///   - hidden: the width of the network.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where a checkpoint is another model's.
  package init(
    _ knowledge: SpellerKnowledge, candidates: Int, hidden: Int, in store: ParameterStore
  ) throws(Failure) {
    self.knowledge = knowledge
    self.candidates = candidates
    features = SpellerFeatures(knowledge, limit: candidates)
    let root = store.root
    self.hidden = try Linear(SpellerFeatures.count, hidden, in: root / "hidden")
    output = try Linear(hidden, 1, in: root / "output")
    mean = try root.parameter("mean", [SpellerFeatures.count], .zeros, trainable: false)
    scale = try root.parameter("scale", [SpellerFeatures.count], .ones, trainable: false)
    try store.finish()
    parameters = store.parameters
    state = store.state
  }

  /// A place of a text.
  package struct Place {
    /// The characters from three before it to three after it.
    let context: [UInt16]
    /// What was meant there, if the text is one of those that were counted; nil else.
    let truth: UInt16?
  }

  /// The places of a text at which a character may be wrong.
  ///
  /// - Parameters:
  ///   - symbols: the text's.
  ///   - truth: what was meant, as many, the text being one of those that were counted.
  /// - Returns: their numbers in the text, and what is needed to weigh them.
  package func places(_ symbols: [UInt16], truth: [UInt16]) -> [(index: Int, place: Place)] {
    let padded = TextSymbols.padded(symbols)
    return symbols.indices.compactMap { index in
      guard knowledge.mayBeMistaken(symbols[index]) else { return nil }
      return (index, Place(context: Array(padded[index..<index + 7]), truth: truth[index]))
    }
  }

  /// The candidates of some places.
  private func weighed(_ places: [Place]) -> [SpellerPlace] {
    places.map { place in
      place.context.withUnsafeBufferPointer { features($0, truth: place.truth) }
    }
  }

  /// Sets what figures are standardised by from those of some places.
  package func standardize(by places: [Place]) {
    let count = SpellerFeatures.count
    var (sums, squares) = (
      [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
    )
    var rows = 0.0
    for place in weighed(places) {
      for row in place.symbols.indices {
        rows += 1
        for index in 0..<count {
          let value = Double(place.features[row * count + index])
          sums[index] += value
          squares[index] += value * value
        }
      }
    }
    let means = sums.map { $0 / max(1, rows) }
    let scales = zip(squares, means).map { square, mean in
      1 / max(1e-3, (square / max(1, rows) - mean * mean).magnitude.squareRoot())
    }
    mean.update { $0 = Tensor(means.map { Float($0) }, [count]) }
    scale.update { $0 = Tensor(scales.map { Float($0) }, [count]) }
  }

  /// Returns the places as one batch to learn from; `meant` are the characters that were meant there.
  package func batch(_ places: [Place], meant: [UInt16]) -> Batch {
    batch(weighed(places), meant: meant)
  }

  private func batch(_ places: [SpellerPlace], meant: [UInt16]) -> Batch {
    let absent = places.flatMap { place in
      (0..<candidates).map { $0 < place.symbols.count ? 0 : Self.absence }
    }
    let targets = zip(places, meant).map { place, meant in
      place.symbols.firstIndex(of: meant).map { Int32($0 + 1) } ?? 0
    }
    return Batch(
      features: standardized(places.flatMap(\.features), rows: places.count * candidates),
      absent: Tensor(absent, [places.count, candidates]),
      targets: Tensor(integers: targets, [targets.count]))
  }

  /// Figures less their mean, over their deviation, within six of it [N · K, F].
  private func standardized(_ features: [Float], rows: Int) -> Tensor {
    let count = SpellerFeatures.count
    let (means, scales) = (mean.tensor.floats(), scale.tensor.floats())
    var values = features
    for row in 0..<rows {
      for index in 0..<count {
        let value = (values[row * count + index] - means[index]) * scales[index]
        values[row * count + index] = min(6, max(-6, value))
      }
    }
    return Tensor(values, [rows, count])
  }

  /// The logits [N, 1 + K] of staying and of each candidate.
  private func logits(_ batch: Batch) -> Tensor {
    let count = batch.absent.shape[0]
    let scores = output(hidden(batch.features).tanh()).reshaped([count, candidates])  // [N, K]
    let stay = Tensor([Float](repeating: 0, count: count), [count, 1])
    return concatenate([stay, scores + batch.absent + Self.doubt], 1)
  }

  /// The mean of −log p of what was meant, in nats.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [
      Objective("spelling", parameters) {
        Loss(crossEntropy(logits(batch), targets: batch.targets))
      }
    ]
  }
}

// MARK: - Repair

extension Speller {
  // Places that are weighed at once: 2.4 MB of figures.
  private static let chunk = 1024

  // A mistake that stood beside another is seen when that one is gone; a third look finds hardly any.
  private static let looks = 3

  /// Returns the repair of each line, UTF-8 of any length; a character stands for a character.
  ///
  /// What stands beside an exchanged character is looked at again, with the new one beside it.
  ///
  /// - Parameters:
  ///   - lines: UTF-8.
  ///   - minimumConfidence: a character is exchanged if its candidate is at least so probable, and likelier than
  ///     that the old one stays.
  /// - Returns: the repairs in order.
  public func repair(_ lines: [[UInt8]], minimumConfidence: Double) -> [Repair] {
    lines.map { line in
      let (original, offsets) = TextSymbols.of(line)
      var symbols = original
      var sureness = [Int: Double]()  // of what was exchanged
      var confidence = 1.0
      var places = symbols.indices.filter { knowledge.mayBeMistaken(symbols[$0]) }
      for _ in 0..<Self.looks where !places.isEmpty {
        var fresh: [Int] = []
        for (place, choice) in zip(places, choices(symbols, at: places)) {
          guard let symbol = choice.symbol else {
            confidence = min(confidence, choice.probability)
            continue
          }
          guard choice.probability >= minimumConfidence else {
            confidence = min(confidence, 1 - choice.probability)
            continue
          }
          confidence = min(confidence, choice.probability)
          symbols[place] = symbol
          sureness[place] = choice.probability
          fresh.append(place)
        }
        guard !fresh.isEmpty else { break }
        let near = fresh.flatMap { max(0, $0 - 3)...min(symbols.count - 1, $0 + 3) }
        places = Set(near).sorted().filter {
          sureness[$0] == nil && knowledge.mayBeMistaken(symbols[$0])
        }
      }
      return Speller.repair(line, offsets, symbols, sureness, confidence)
    }
  }

  /// What is likeliest at each place, and its probability: another character, or nil, which stays.
  private func choices(
    _ symbols: [UInt16], at places: [Int]
  ) -> [(symbol: UInt16?, probability: Double)] {
    let padded = TextSymbols.padded(symbols)
    var result: [(symbol: UInt16?, probability: Double)] = []
    while result.count < places.count {
      let end = min(places.count, result.count + Self.chunk)
      let weighed = weighed(
        places[result.count..<end].map { Place(context: Array(padded[$0..<$0 + 7]), truth: nil) })
      let batch = batch(weighed, meant: weighed.map { _ in 0 })
      let probabilities = withPrecision(.float32) { logits(batch).softmax() }.floats()
      for (row, place) in weighed.enumerated() {
        let own = Array(probabilities[row * (candidates + 1)..<(row + 1) * (candidates + 1)])
        let best = own.dropFirst().prefix(place.symbols.count).enumerated().max {
          $0.element < $1.element
        }
        if let best, best.element > own[0] {
          result.append((place.symbols[best.offset], Double(best.element)))
        } else {
          result.append((nil, Double(own[0])))
        }
      }
    }
    return result
  }

  /// A line with other characters at some places.
  private static func repair(
    _ line: [UInt8], _ offsets: [Int], _ symbols: [UInt16], _ sureness: [Int: Double],
    _ confidence: Double
  ) -> Repair {
    var text: [UInt8] = []
    var edits: [Repair.Edit] = []
    var done = 0  // bytes of the line
    for (index, probability) in sureness.sorted(by: { $0.key < $1.key }) {
      guard let scalar = UnicodeScalar(symbols[index]) else { continue }
      let inserted = Array(String(Character(scalar)).utf8)
      let old = offsets[index]..<offsets[index + 1]
      text += line[done..<old.lowerBound] + inserted
      edits.append(
        Repair.Edit(
          offset: index, removed: Array(line[old]), inserted: inserted, confidence: probability))
      done = old.upperBound
    }
    return Repair(text: text + line[done...], edits: edits, confidence: confidence)
  }
}
