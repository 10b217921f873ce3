import Glibc
import SeqaeRandom
import SeqaeTensors
import SeqaeText

// The first use of an ELECTRA: its discriminator names what looks out of place.

extension Electra {
  /// Returns for each code point of each line how probable it is that something else stood there, in 0 … 1.
  ///
  /// A character of several tokens has the probability of the likeliest. A line longer than the model's positions
  /// is cut at sentence bounds. Linear.
  ///
  /// - Parameters:
  ///   - lines: UTF-8 of any length.
  ///   - precision: what products are computed in.
  /// - Returns: for each line as many numbers as it has code points.
  public func suspicions(
    of lines: [[UInt8]], precision: WeightPrecision = .fastestReal
  ) -> [[Float]] {
    let sizes = configuration.encoder
    let scores = TokenScores(tokenizer: tokenizer, limit: sizes.maximumPositions - 1)
    return scores(lines) { rows in
      probabilities(rows.map { $0.ids + [sizes.end] }, precision)
    }
  }

  /// p(replaced) of each token of each row.
  private func probabilities(_ rows: [[TokenID]], _ precision: WeightPrecision) -> [[Float]] {
    let width = rows.map(\.count).max() ?? 0
    let places = rows.enumerated().flatMap { row, ids in
      ids.indices.map { Int32(row * width + $0) }
    }
    let logits = withWeights(in: precision) {
      discriminator(
        TokenBatch(rows, padding: configuration.encoder.padding, on: backend),
        at: Tensor(integers: places, [places.count], on: backend), .inference
      ).floats()
    }
    var start = 0
    return rows.map { row in
      defer { start += row.count }
      return logits[start..<(start + row.count)].map { 1 / (1 + exp(-$0)) }
    }
  }
}

extension Electra {
  /// Lets the generator replace tokens of a batch, and the discriminator look for them.
  ///
  /// - Parameters:
  ///   - batch: texts with masked places.
  ///   - random: decides the replacements.
  /// - Returns: for each real token the logit of "replaced" and whether it is; of how many masked places the drawn
  ///   token was the right one.
  package func detect(
    _ batch: Batch, using random: Random
  ) -> (logits: [Float], isReplaced: [Bool], right: Int, masked: Int) {
    let drawn =
      batch.masked == nil
      ? []
      : categorical(generatorLogits(batch, .inference), using: random.child("drawn")).integers()
    let (source, isReplaced) = batch.corrupted(by: drawn)
    let logits = discriminator(source, at: batch.real, .inference).floats()
    return (logits, isReplaced, drawn.count - isReplaced.count { $0 }, drawn.count)
  }
}

extension DenoisingAutoencoder {
  /// Returns for each code point of each line how probable the repairer finds that it does not stay: 1 − p(keep) where
  /// it keeps the character, p(delete) where it takes it away, both after what it has decided before.
  ///
  /// It is what a repairer that is no detector can say of damage, beside which a detector is measured.
  ///
  /// - Parameters:
  ///   - lines: UTF-8 of any length.
  ///   - precision: what products are computed in.
  /// - Returns: for each line as many numbers as it has code points.
  public func suspicions(
    of lines: [[UInt8]], precision: WeightPrecision = .fastestReal
  ) -> [[Float]] {
    let scores = TokenScores(
      tokenizer: tokenizer, limit: transformer.configuration.maximumPositions - 1)
    return scores(lines) { rows in
      let steps = withWeights(in: precision) {
        EditDecoder(model: self)(
          rows.map { $0.ids + [labels.end] }, rows.map { $0.isContinuation + [false] })
      }
      return zip(rows, steps).map { row, steps in
        var scores = [Float](repeating: 0, count: row.ids.count)
        for step in steps where step.place < row.ids.count {
          switch labels.operation(step.label) {
          case .keep: scores[step.place] = 1 - Float(step.probability)
          case .delete: scores[step.place] = Float(step.probability)
          case .write: break
          }
        }
        return scores
      }
    }
  }
}
